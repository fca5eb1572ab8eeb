// albef eval retrieval: dense ITC ranking, then ITM re-ranking, of a list of pictures with captions.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/base/signals.h"
#include "albef/tasks/common/data_options.h"
#include "albef/tasks/common/load_model.h"
#include "albef/tasks/retrieval/eval.h"
#include "albef/train/device.h"
#include "albef/train/memory.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct EvalArgs {
  LoadModelOptions load;
  std::vector<std::string> data;
  std::vector<int64_t> recall_at;
  std::string image_root, score = "itm", weights = "student", json;
  int64_t k_test = 256, batch = 32, text_batch = 128, memory_mb = 8192, threads = 0;
  bool no_rerank = false, quiet = false;
};

using Columns = std::vector<RetrievalMetric>;

std::string two_decimals(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

// A cell a metric, and a gap between directions.
template <class Cell>
void print_line(const std::string& title, const Columns& columns, const Cell& cell) {
  std::printf("%-24s", title.c_str());
  std::string direction = columns.front().direction;
  for (const auto& column : columns) {
    const bool gap = std::exchange(direction, column.direction) != column.direction;
    const int width = std::max(7, static_cast<int>(column.name.size()));
    std::printf("%s %*s", gap ? "  " : "", width, std::string(cell(column)).c_str());
  }
  std::printf("\n");
}

void print_table(const Columns& columns, const std::vector<std::pair<std::string, Metrics>>& rows) {
  print_line("", columns, [](const RetrievalMetric& column) { return column.name; });
  for (const auto& [title, metrics] : rows)
    print_line(title, columns,
               [&scores = metrics](const RetrievalMetric& column) { return two_decimals(scores.at(column.name)); });
}

OrderedJson metrics_json(const Metrics& metrics, const Columns& columns) {
  OrderedJson json;
  for (const auto& column : columns) json[column.name] = metrics.at(column.name);
  return json;
}

RetrievalEvalOptions options_of(const EvalArgs& args, const LoadedModel& loaded) {
  auto options = retrieval_eval_options(loaded.settings.data, loaded.compute);
  if (!args.recall_at.empty()) options.recall_at = args.recall_at;
  options.rerank = !args.no_rerank;
  options.reranking = {.k_test = args.k_test, .add_itc = args.score == "itm+itc", .batch_size = args.text_batch};
  options.image_batch = args.batch;
  options.memory_mb = args.memory_mb;
  return options;
}

void run(EvalArgs& args) {
  std::vector<std::filesystem::path> inputs(args.data.begin(), args.data.end());
  inputs.insert(inputs.end(), {args.load.checkpoint, args.load.config, args.load.vocab});
  check_output(args.json, inputs);
  if (!args.recall_at.empty()) check_recall_at(args.recall_at, "--recall-at");
  set_quiet(args.quiet);
  set_compute_threads(args.threads);
  catch_stop_signals();
  args.load.momentum = args.weights == "momentum";
  args.load.itm = !args.no_rerank;
  args.load.mlm = false;
  auto loaded = load_model(args.load);
  if (args.image_root.empty()) args.image_root = loaded.settings.data.image_root;
  const auto list = read_eval_list(args.data, args.image_root);
  Pictures pictures(picture_options(loaded.settings.data));
  const auto options = options_of(args, loaded);
  const auto report = within_memory("the evaluation", "lower --batch-size, --text-batch or --memory-mb", [&] {
    return evaluate_retrieval(loaded.model, loaded.encoders, list, loaded.tokenizer, pictures, options, loaded.device);
  });

  const auto columns = retrieval_metric_list(options.recall_at);
  if (args.json != "-") {
    std::printf("%lld images, %lld texts, k_test %lld, %s weights\n", static_cast<long long>(report.images),
                static_cast<long long>(report.texts), static_cast<long long>(args.k_test), args.weights.c_str());
    std::vector<std::pair<std::string, Metrics>> rows = {{"ITC ranking", report.itc}};
    if (options.rerank) rows.emplace_back("ITM re-ranking (" + args.score + ")", report.itm);
    print_table(columns, rows);
  }
  OrderedJson json = {{"images", report.images},
                      {"texts", report.texts},
                      {"k_test", args.k_test},
                      {"score", args.score},
                      {"weights", args.weights},
                      {"checkpoint", args.load.checkpoint},
                      {"precision", loaded.compute.bf16 ? "bf16" : "float32"},
                      {"recall_at", options.recall_at},
                      {"itc", metrics_json(report.itc, columns)},
                      {"encode_seconds", report.encode_seconds}};
  if (options.rerank) {
    json["itm"] = metrics_json(report.itm, columns);
    json["itm_pairs"] = report.pairs;
    json["rerank_seconds"] = report.rerank_seconds;
  }
  write_json(args.json, json);
}

void add_retrieval(CLI::App& group) {
  auto args = std::make_shared<EvalArgs>();
  auto* command = group.add_subcommand("retrieval", "Recall of pictures by text and of texts by picture");
  command
      ->add_option("--checkpoint", args->load.checkpoint,
                   "a run's output folder, a checkpoint folder, or the authors' .pth")
      ->required();
  command->add_option("--data", args->data, "JSON lists of {image, caption: [...]}")->required();
  command->add_option("--image-root", args->image_root, "folder that the pictures are relative to; default: the run's");
  command->add_option("--config", args->load.config, "settings of the model, for a .pth");
  command->add_option("--vocab", args->load.vocab, "vocab.txt, for a .pth");
  command->add_option("--set", args->load.overrides, "key=value over the settings, such as image_res=384")
      ->allow_extra_args(false);
  command->add_option("--k-test", args->k_test, "candidates that ITM re-scores; more than there are: all")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  add_recall_at(*command, args->recall_at);
  command->add_option("--score", args->score, "itm: the authors' rule; itm+itc: LAVIS's")
      ->capture_default_str()
      ->check(CLI::IsMember({"itm", "itm+itc"}));
  command->add_option("--weights", args->weights, "which encoders")
      ->capture_default_str()
      ->check(CLI::IsMember({"student", "momentum"}));
  command
      ->add_option("--precision", args->load.precision, "of matrix products; auto: as in training where that is fast")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "float32", "bf16"}));
  command->add_option("--batch-size", args->batch, "pictures encoded at once")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  command->add_option("--text-batch", args->text_batch, "texts re-scored at once for a picture")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  command->add_option("--memory-mb", args->memory_mb, "for kept image tokens")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  command->add_option("--device", args->load.device, "auto, cpu or cuda:N")->capture_default_str();
  command->add_option("--threads", args->threads, "CPU threads, 0: all cores")
      ->capture_default_str()
      ->check(whole_number(0, kMostThreads));
  command->add_option("--json", args->json, "write the result to this file; - for standard output");
  command->add_flag("--no-rerank", args->no_rerank, "the dense ITC ranking alone");
  command->add_flag("--quiet", args->quiet, "no progress on the terminal");
  command->footer("Example:\n  albef eval retrieval --checkpoint output/demo --data demo/test.json --image-root demo");
  command->callback([args] { run(*args); });
}

}  // namespace

void add_eval(CLI::App& app) {
  auto* group = app.add_subcommand("eval", "Evaluate a model");
  group->require_subcommand(1);
  add_retrieval(*group);
}

}  // namespace albef::cli
