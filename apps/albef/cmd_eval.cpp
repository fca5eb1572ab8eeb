// albef eval retrieval: dense ITC ranking, then ITM re-ranking, of a list of pictures with captions.
#include <cstdio>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/base/signals.h"
#include "albef/tasks/load_model.h"
#include "albef/tasks/pretrain/data_options.h"
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
  std::string image_root, score = "itm", weights = "student", json;
  int64_t k_test = 256, batch = 32, text_batch = 128, memory_mb = 8192, threads = 0;
  bool no_rerank = false, quiet = false;
};

void print_metrics(const char* title, const Metrics& m) {
  std::printf("%-24s %7.2f %7.2f %7.2f %7.2f   %7.2f %7.2f %7.2f %7.2f   %7.2f\n", title, m.at("txt_r1"),
              m.at("txt_r5"), m.at("txt_r10"), m.at("txt_r_mean"), m.at("img_r1"), m.at("img_r5"), m.at("img_r10"),
              m.at("img_r_mean"), m.at("r_mean"));
}

OrderedJson metrics_json(const Metrics& metrics) {
  OrderedJson json;
  for (const char* key :
       {"txt_r1", "txt_r5", "txt_r10", "txt_r_mean", "img_r1", "img_r5", "img_r10", "img_r_mean", "r_mean"})
    json[key] = metrics.at(key);
  return json;
}

void run(EvalArgs& args) {
  std::vector<std::filesystem::path> inputs(args.data.begin(), args.data.end());
  inputs.insert(inputs.end(), {args.load.checkpoint, args.load.config, args.load.vocab});
  check_output(args.json, inputs);
  set_quiet(args.quiet);
  set_compute_threads(args.threads);
  catch_stop_signals();
  args.load.momentum = args.weights == "momentum";
  args.load.itm = !args.no_rerank;
  args.load.mlm = false;
  auto loaded = load_model(args.load);
  if (args.image_root.empty()) args.image_root = loaded.settings.image_root;
  const auto list = read_eval_list(args.data, args.image_root);
  Pictures pictures(picture_options(loaded.settings));
  auto options = retrieval_eval_options(loaded.settings, loaded.compute);
  options.rerank = !args.no_rerank;
  options.reranking = {.k_test = args.k_test, .add_itc = args.score == "itm+itc", .batch_size = args.text_batch};
  options.image_batch = args.batch;
  options.memory_mb = args.memory_mb;
  const auto report = within_memory("the evaluation", "lower --batch-size, --text-batch or --memory-mb", [&] {
    return evaluate_retrieval(loaded.model, loaded.encoders, list, loaded.tokenizer, pictures, options, loaded.device);
  });

  const std::string second = "ITM re-ranking (" + args.score + ")";
  if (args.json != "-") {
    std::printf("%lld images, %lld texts, k_test %lld, %s weights\n", static_cast<long long>(report.images),
                static_cast<long long>(report.texts), static_cast<long long>(args.k_test), args.weights.c_str());
    std::printf("%-24s %7s %7s %7s %7s   %7s %7s %7s %7s   %7s\n", "", "txt_r1", "txt_r5", "txt_r10", "mean", "img_r1",
                "img_r5", "img_r10", "mean", "r_mean");
    print_metrics("ITC ranking", report.itc);
    if (options.rerank) print_metrics(second.c_str(), report.itm);
  }
  OrderedJson json = {{"images", report.images},
                      {"texts", report.texts},
                      {"k_test", args.k_test},
                      {"score", args.score},
                      {"weights", args.weights},
                      {"checkpoint", args.load.checkpoint},
                      {"precision", loaded.compute.bf16 ? "bf16" : "float32"},
                      {"itc", metrics_json(report.itc)},
                      {"encode_seconds", report.encode_seconds}};
  if (options.rerank) {
    json["itm"] = metrics_json(report.itm);
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
