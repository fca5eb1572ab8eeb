// albef eval retrieval: dense ITC ranking, then ITM re-ranking, of a list of pictures with captions.
#include "albef/tasks/retrieval/eval.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "apps/albef/arguments.h"
#include "apps/albef/eval_commands.h"
#include "apps/albef/eval_flags.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct RetrievalArgs {
  EvalFlags flags;
  std::vector<int64_t> recall_at;
  std::string score = "itm";
  int64_t k_test = 256, text_batch = 128, memory_mb = 8192;
  bool no_rerank = false;
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

RetrievalEvalOptions options_of(const RetrievalArgs& args, const LoadedModel& loaded) {
  auto options = retrieval_eval_options(loaded.settings.data, loaded.compute);
  if (!args.recall_at.empty()) options.recall_at = args.recall_at;
  options.rerank = !args.no_rerank;
  options.reranking = {.k_test = args.k_test, .add_itc = args.score == "itm+itc", .batch_size = args.text_batch};
  options.image_batch = args.flags.batch;
  options.memory_mb = args.memory_mb;
  return options;
}

OrderedJson hits(const char* direction, int64_t rank, const std::vector<int64_t>& recall_at) {
  OrderedJson scores = OrderedJson::object();
  for (const int64_t k : recall_at) scores[recall_name(direction, k)] = rank < k ? 1 : 0;
  double mean = 0;
  for (const int64_t k : kAuthorsRecallAt) mean += rank < k ? 1.0 / static_cast<double>(kAuthorsRecallAt.size()) : 0;
  scores[std::string(direction) + "_r_mean"] = std::min(1.0, mean);
  return scores;
}

// The queries: the pictures, then the texts; wherever the list lies.
std::vector<std::string> names_of(const EvalList& list) {
  std::vector<std::string> names;
  for (const auto& image : list.images) names.push_back("image " + std::filesystem::path(image).filename().string());
  for (const auto& text : list.texts) names.push_back("text " + text);
  return names;
}

// A line a query.
SampleLines lines_of(const EvalList& list, const std::vector<std::string>& names, const RetrievalReport& report,
                     const std::vector<int64_t>& recall_at) {
  const auto ranks = retrieval_ranks(report.scores.i2t, report.scores.t2i, list.text_image);
  SampleLines lines;
  for (size_t n = 0; n < list.images.size(); ++n) {
    lines.push_back({{"sample", names[n]},
                     {"image", list.images[n]},
                     {"rank", ranks.text[n] + 1},
                     {"scores", hits("txt", ranks.text[n], recall_at)}});
  }
  for (size_t n = 0; n < list.texts.size(); ++n) {
    lines.push_back({{"sample", names[list.images.size() + n]},
                     {"text", list.texts[n]},
                     {"rank", ranks.image[n] + 1},
                     {"scores", hits("img", ranks.image[n], recall_at)}});
  }
  return lines;
}

// The first texts of the list, as if they were about these pictures.
EvalList part_of(const EvalList& list, int64_t images, int64_t texts) {
  EvalList part;
  part.images.assign(list.images.begin(), list.images.begin() + images);
  for (int64_t i = 0; i < texts; ++i) {
    part.texts.push_back(list.texts[static_cast<size_t>(i) % list.texts.size()]);
    part.text_image.push_back(i % images);
  }
  return part;
}

// Both batches grow and shrink together: pictures encoded at once, and texts re-scored at once for one of them.
template <class Evaluate>
BatchProbe probe_of(const EvalList& list, const RetrievalEvalOptions& options, const Evaluate& evaluate) {
  const int64_t images = std::min(options.image_batch, std::ssize(list.images));
  const auto texts = [all = options.reranking.batch_size, images](int64_t part) {
    return std::max<int64_t>(1, all * part / images);
  };
  const auto attempt = [&list, &options, texts, evaluate](int64_t size) {
    auto smaller = options;
    smaller.image_batch = size;
    smaller.reranking.batch_size = texts(size);
    smaller.rerank = false;
    evaluate(part_of(list, size, size), smaller);
    smaller.rerank = options.rerank;
    evaluate(part_of(list, 1, texts(size)), smaller);
  };
  const auto name = [texts](int64_t size) { return str("--batch-size ", size, " --text-batch ", texts(size)); };
  return {.batch = images, .attempt = attempt, .name = name};
}

Facts facts_of(const RetrievalArgs& args, const EvalList& list) {
  return {{"pictures", std::to_string(list.images.size())},
          {"texts", std::to_string(list.texts.size())},
          {"--k-test", std::to_string(args.k_test)},
          {"--score", args.score},
          {"--no-rerank", args.no_rerank ? "yes" : "no"}};
}

void run(RetrievalArgs& args) {
  auto& flags = args.flags;
  begin_eval(flags, "retrieval");
  if (!args.recall_at.empty()) check_recall_at(args.recall_at, "--recall-at");
  flags.load.itm = !args.no_rerank;
  flags.load.mlm = false;
  auto loaded = load_model(flags.load);
  const auto& image_root = flags.image_root.empty() ? loaded.settings.data.image_root : flags.image_root;
  const auto list = read_eval_list(flags.data, image_root);
  check_facts(flags, loaded.settings, facts_of(args, list));
  const auto names = names_of(list);
  const auto against = read_against(flags, names);
  Pictures pictures(flags.pictures(loaded.settings.data), list.pictures);
  const auto options = options_of(args, loaded);
  const auto evaluate = [&](const EvalList& some, const RetrievalEvalOptions& how) {
    return evaluate_retrieval(loaded.model, loaded.encoders, some, loaded.tokenizer, pictures, how, loaded.device);
  };
  const auto report = within_memory("the evaluation", "lower --batch-size, --text-batch or --memory-mb",
                                    probe_of(list, options, evaluate), [&] { return evaluate(list, options); });

  const auto columns = retrieval_metric_list(options.recall_at);
  OrderedJson json = {{"task", "retrieval"},
                      {"images", report.images},
                      {"texts", report.texts},
                      {"k_test", args.k_test},
                      {"score", args.score}};
  json.update(
      finish_eval(flags, loaded.compute, image_root, lines_of(list, names, report, options.recall_at), against));
  json.update({{"recall_at", options.recall_at},
               {"itc", metrics_json(report.itc, columns)},
               {"encode_seconds", report.encode_seconds}});
  if (options.rerank) {
    json["itm"] = metrics_json(report.itm, columns);
    json["itm_pairs"] = report.pairs;
    json["rerank_seconds"] = report.rerank_seconds;
  }
  if (flags.json != "-") {
    print_protocol(flags.protocol);
    std::printf("%lld images, %lld texts, k_test %lld, %s weights\n", static_cast<long long>(report.images),
                static_cast<long long>(report.texts), static_cast<long long>(args.k_test), flags.weights.c_str());
    std::vector<std::pair<std::string, Metrics>> rows = {{"ITC ranking", report.itc}};
    if (options.rerank) rows.emplace_back("ITM re-ranking (" + args.score + ")", report.itm);
    print_table(columns, rows);
    print_differences(json);
    print_published(flags.protocol, options.rerank ? report.itm : report.itc);
  }
  write_json(flags.json, json);
}

}  // namespace

void add_eval_retrieval(CLI::App& group) {
  auto args = std::make_shared<RetrievalArgs>();
  auto* command = group.add_subcommand("retrieval", "Recall of pictures by text and of texts by picture");
  add_eval_flags(*command, args->flags, "pictures encoded at once");
  command->add_option("--k-test", args->k_test, "candidates that ITM re-scores; more than there are: all")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  add_recall_at(*command, args->recall_at);
  command->add_option("--score", args->score, "itm: the authors' rule; itm+itc: LAVIS's")
      ->capture_default_str()
      ->check(CLI::IsMember({"itm", "itm+itc"}));
  command->add_option("--text-batch", args->text_batch, "texts re-scored at once for a picture")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  command->add_option("--memory-mb", args->memory_mb, "for kept image tokens")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  command->add_flag("--no-rerank", args->no_rerank, "the dense ITC ranking alone");
  command->footer("Example:\n  albef eval retrieval --checkpoint output/demo --data demo/test.json --image-root demo");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
