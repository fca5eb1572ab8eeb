// albef report: scores, curves and examples of a run as one HTML page.
#include <cstdio>

#include "albef/base/log.h"
#include "albef/base/signals.h"
#include "albef/synth/colour_baseline.h"
#include "albef/tasks/report/report.h"
#include "albef/train/device.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct ReportArgs {
  ReportOptions report;
  std::filesystem::path scenes;
  std::vector<std::string> task_results;
  std::string weights = "student", json;
  int64_t threads = 0;
  bool quiet = false;
};

OrderedJson task_json(const TaskResult& result) {
  OrderedJson json = {
      {"file", result.file.string()}, {"task", result.task}, {"estimates", estimates_json(result.estimates)}};
  if (!result.against.empty())
    json["against"] = {{"samples", result.against}, {"differences", estimates_json(result.differences)}};
  return json;
}

void run(ReportArgs& args) {
  std::vector<std::filesystem::path> inputs(args.report.data.begin(), args.report.data.end());
  inputs.insert(inputs.end(), {args.report.run, args.report.retrieval});
  inputs.insert(inputs.end(), args.task_results.begin(), args.task_results.end());
  if (args.report.out == "-") fail("--out -: expected a file for the page");
  check_output(args.report.out, inputs);
  inputs.push_back(args.report.out);
  check_output(args.json, inputs);
  if (!args.report.recall_at.empty()) check_recall_at(args.report.recall_at, "--recall-at");
  for (const auto& file : args.task_results) args.report.tasks.push_back(read_task_result(file));
  set_quiet(args.quiet);
  set_compute_threads(args.threads);
  catch_stop_signals();
  args.report.momentum = args.weights == "momentum";
  if (!args.scenes.empty()) {
    args.report.baselines = [&args](const std::vector<int64_t>& recall_at) -> std::vector<ScoreRow> {
      ScoreRow row{"colour words alone", {}};
      for (const auto& [k, percent] : synth::colour_bag_recall(args.scenes, synth::Split::kTest, recall_at))
        row.metrics[recall_name("img", k)] = percent;
      return {row};
    };
  }
  OrderedJson json = {{"report", args.report.out.string()}, {"scores", OrderedJson::object()}};
  for (const auto& row : write_report(args.report)) json["scores"][row.name] = row.metrics;
  for (const auto& result : args.report.tasks) json["tasks"].push_back(task_json(result));
  write_json(args.json, json);
  if (args.json != "-") std::printf("%s\n", args.report.out.c_str());
}

}  // namespace

void add_report(CLI::App& app) {
  auto args = std::make_shared<ReportArgs>();
  auto* command = app.add_subcommand("report", "Scores, curves and examples of a run as one HTML page");
  auto& o = args->report;
  command->add_option("--run", o.run, "the run's output folder")->required();
  command->add_option("--out", o.out, "page to write")->required();
  command->add_option("--data", o.data, "held-out JSON lists of {image, caption: [...]}; default: the run's val_file");
  command->add_option("--image-root", o.image_root, "folder that the pictures are relative to; default: the run's");
  command->add_option("--retrieval", o.retrieval,
                      "result of `albef eval retrieval --json` on these lists; default: evaluate now");
  command->add_option("--scenes", args->scenes,
                      "folder of `albef data synth`: its test scenes ranked by colour words are shown beside");
  command->add_option("--task-results", args->task_results,
                      "results of `albef eval TASK --json` of fine-tuned models, shown in this order");
  command->add_option("--k-test", o.k_test, "candidates that ITM re-scores")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  add_recall_at(*command, o.recall_at);
  command->add_option("--weights", args->weights, "which encoders")
      ->capture_default_str()
      ->check(CLI::IsMember({"student", "momentum"}));
  command->add_option("--device", o.device, "auto, cpu or cuda:N")->capture_default_str();
  command->add_option("--precision", o.precision, "of matrix products; auto: as in training where that is fast")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "float32", "bf16"}));
  command->add_option("--threads", args->threads, "CPU threads, 0: all cores")
      ->capture_default_str()
      ->check(whole_number(0, kMostThreads));
  command->add_option("--json", args->json, "write the scores to this file; - for standard output");
  command->add_flag("--quiet", args->quiet, "no progress on the terminal");
  command->footer(
      "Example:\n  albef report --run output/demo/run --data output/demo/scenes/test.json --out report.html");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
