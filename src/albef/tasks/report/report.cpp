#include "albef/tasks/report/report.h"

#include <algorithm>
#include <cmath>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/base/progress.h"
#include "albef/tasks/common/data_options.h"
#include "albef/tasks/retrieval/eval.h"
#include "albef/train/metrics_log.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

Metrics read_metrics(const Json& result, const char* name, const std::string& where) {
  Metrics metrics;
  const Json block = result.value(name, Json());
  if (!block.is_object())
    fail(where, ": `", name, "` is ", json_kind(block),
         ", expected an object of recalls; make it with `albef eval retrieval --json`");
  for (const auto& [key, value] : block.items()) {
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      fail(where, ": ", name, ".", printable(key), " is ", value.is_number() ? "not finite" : json_kind(value),
           ", expected a number");
    metrics[key] = value.get<double>();
  }
  return metrics;
}

// A result of `albef eval retrieval` on this list.
Json read_result(const fs::path& path, const EvalList& list) {
  Json result = read_json(path);
  const auto where = path.string();
  if (!result.is_object())
    fail(where, ": is ", json_kind(result), ", expected the object that `albef eval retrieval --json` writes");
  for (const auto& [key, count] : {std::pair("images", list.images.size()), std::pair("texts", list.texts.size())}) {
    if (result.value(key, Json()) != count) {
      fail(where, ": is of ", result.value(key, Json()).dump(), " ", key, ", the lists have ", count,
           "; evaluate these lists, or leave --retrieval out");
    }
  }
  return result;
}

// The k of its recalls; before these could be chosen they were the authors'.
std::vector<int64_t> recall_at_of(const Json& result, const std::string& where) {
  if (!result.contains("recall_at")) return kAuthorsRecallAt;
  std::vector<int64_t> recall_at;
  for (const Json& k : result.at("recall_at")) {
    if (!k.is_number_integer())
      fail(where, ": recall_at holds ", json_kind(k), " that is no whole number; expected a list such as [1, 5, 10]");
    recall_at.push_back(k.get<int64_t>());
  }
  check_recall_at(recall_at, where + ": recall_at");
  return recall_at;
}

// The scores of both stages.
std::vector<ScoreRow> read_scores(const Json& result, const std::string& where) {
  std::vector<ScoreRow> rows = {{"ITC ranking", read_metrics(result, "itc", where)}};
  if (result.contains("itm")) rows.push_back({"ITM re-ranking", read_metrics(result, "itm", where)});
  return rows;
}

std::vector<std::pair<std::string, std::string>> facts(const RunLog& log, const EvalList& list,
                                                       const LoadedModel& model) {
  int64_t parameters = 0;
  for (const auto& item : model.model->named_parameters()) {
    if (item.key().find("_m.") == std::string::npos) parameters += item.value().numel();
  }
  char millions[32];
  std::snprintf(millions, sizeof millions, "%.2f million", static_cast<double>(parameters) / 1e6);
  const auto& s = model.settings.model;
  return {{"Steps", str(log.steps)},
          {"Pairs seen", str(log.pairs)},
          {"Training time", duration_text(log.seconds)},
          {"Parameters", millions},
          {"Image encoder",
           str(s.image_res, " px, patch ", s.patch_size, ", width ", s.vision_width, ", ", s.vision_depth, " blocks")},
          {"Text and fusion", str("width ", s.bert.hidden_size, ", ", s.bert.fusion_layer, " + ",
                                  s.bert.num_hidden_layers - s.bert.fusion_layer, " layers")},
          {"Held out", str(list.images.size(), " pictures, ", list.texts.size(), " texts")}};
}

LoadedModel load(const ReportOptions& options) {
  LoadModelOptions load;
  load.checkpoint = options.run.string();
  load.momentum = options.momentum;
  load.device = options.device;
  load.precision = options.precision;
  return load_model(load);
}

EvalList held_out(const ReportOptions& options, const DataSettings& settings) {
  const auto& sources = options.data.empty() ? settings.val_file : options.data;
  if (sources.empty()) fail("--data is missing, and the run has no val_file: expected lists of pictures with captions");
  return read_eval_list(sources, options.image_root.empty() ? settings.image_root : options.image_root);
}

// A retrieval of as many pictures and texts as the report's list has its chance.
std::vector<TaskResult> with_chance(std::vector<TaskResult> tasks, const EvalList& list, const Metrics& chance) {
  for (auto& task : tasks) {
    if (task.images == std::ssize(list.images) && task.texts == std::ssize(list.texts))
      task.chance.insert(chance.begin(), chance.end());
  }
  return tasks;
}

}  // namespace

std::vector<ScoreRow> write_report(const ReportOptions& options) {
  ReportPage page;
  page.log = read_run_log(options.run / kMetricsFile);
  page.settings = flat_settings(options.run / "config.yaml");
  auto model = load(options);
  const auto& settings = model.settings.data;
  const auto list = held_out(options, settings);
  page.title = "ALBEF: " + fs::weakly_canonical(options.run).filename().string();
  page.facts = facts(page.log, list, model);
  const bool known = !options.retrieval.empty();
  const Json result = known ? read_result(options.retrieval, list) : Json();
  const auto recall_at = !options.recall_at.empty() ? options.recall_at
                         : known                    ? recall_at_of(result, options.retrieval.string())
                                                    : settings.recall_at;
  page.columns = retrieval_metric_list(recall_at);
  page.scores = {{"chance", chance_metrics(std::ssize(list.images), list.text_image, recall_at)}};
  if (options.baselines) {
    for (auto& row : options.baselines(recall_at)) page.scores.push_back(std::move(row));
  }
  if (known) {
    for (auto& row : read_scores(result, options.retrieval.string())) page.scores.push_back(std::move(row));
  }

  page.tasks = with_chance(options.tasks, list, page.scores.front().metrics);

  Pictures pictures(picture_options(settings), list.pictures);
  auto evaluation = retrieval_eval_options(settings, model.compute);
  evaluation.reranking.k_test = options.k_test;
  evaluation.recall_at = recall_at;
  const auto evaluate = [&](bool rerank) {
    evaluation.rerank = rerank;
    return evaluate_retrieval(model.model, model.encoders, list, model.tokenizer, pictures, evaluation, model.device);
  };
  if (!known) {
    const auto full = evaluate(/*rerank=*/true);
    page.scores.push_back({"ITC ranking", full.itc});
    page.scores.push_back({"ITM re-ranking", full.itm});
  }
  // The scores of a re-ranking are ITM's, so the features are compared once more.
  page.samples = gather_samples(model, list, pictures, evaluate(/*rerank=*/false).scores.i2t,
                                {.k_test = options.k_test,
                                 .max_words = evaluation.max_words,
                                 .max_tokens = evaluation.max_tokens,
                                 .compute = evaluation.compute});
  write_atomically(options.out, page_html(page, list, model.tokenizer.vocabulary(),
                                          [&](size_t image) { return pictures.original(list.images[image]); }));
  return page.scores;
}

}  // namespace albef
