// albef bench: speed of the parts, one JSON object on standard output.
#include "albef/base/error.h"
#include "albef/tasks/bench/bench.h"
#include "albef/tasks/pretrain/synthetic.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct BenchArgs {
  std::string config, device = "auto", precision, threads;
  std::vector<std::string> set;
  int64_t batch = 0, repeats = 5, texts = 128, tokens = 30;
  AnswerBenchOptions answers;
  LoaderBenchOptions loader;
  std::string decode = "reduced";
};

PretrainSettings settings(const BenchArgs& args) {
  auto overrides = args.set;
  overrides.push_back("device=" + args.device);
  if (!args.precision.empty()) overrides.push_back("precision=" + args.precision);
  if (!args.threads.empty()) overrides.push_back("threads=" + args.threads);
  if (args.batch > 0) overrides.push_back("batch_size=" + std::to_string(args.batch));
  return args.config.empty()
             ? parse_settings<PretrainSettings>(parse_yaml("", "the defaults", overrides), "the defaults")
             : read_settings<PretrainSettings>(args.config, overrides);
}

CLI::App* add(CLI::App& group, const char* name, const char* help, const std::shared_ptr<BenchArgs>& args,
              const std::function<OrderedJson(const BenchArgs&)>& run) {
  auto* command = group.add_subcommand(name, help);
  command->add_option("--config", args->config, "settings; default: the paper's sizes");
  command->add_option("--set", args->set, "key=value over the settings")->allow_extra_args(false);
  command->add_option("--batch", args->batch, "pairs or pictures at once; default: the settings'")
      ->check(whole_number(1, 1 << 20));
  command->add_option("--repeats", args->repeats, "measured calls, after two that are not")
      ->capture_default_str()
      ->check(whole_number(1, 100000));
  command->add_option("--device", args->device, "auto, cpu or cuda:N")->capture_default_str();
  command->add_option("--precision", args->precision, "of matrix products; default: the settings'")
      ->check(CLI::IsMember({"auto", "float32", "bf16"}));
  command->add_option("--threads", args->threads, "CPU threads, 0: all cores")->check(whole_number(0, kMostThreads));
  command->callback([args, run] { write_json("-", run(*args)); });
  return command;
}

#ifndef ALBEF_CORE_ONLY
void add_loader(CLI::App& group, const std::shared_ptr<BenchArgs>& args) {
  auto* loader = add(group, "loader", "pictures and captions made ready for training", args, [](const BenchArgs& a) {
    auto options = a.loader;
    options.reduced_decode = a.decode == "reduced";
    return bench_loader(settings(a).common, options, a.repeats);
  });
  auto* data = loader->add_option("--data", args->loader.source, "a list or folder of pairs; default: synthetic ones");
  loader->add_option("--image", args->loader.size, "WIDTHxHEIGHT of the synthetic pictures; default: 640x480")
      ->delimiter('x')
      ->expected(2)
      ->check(whole_number(1, 65500))
      ->excludes(data);
  loader->add_option("--decode", args->decode, "the scale of large JPEGs")
      ->capture_default_str()
      ->check(CLI::IsMember({"reduced", "full"}));
}
#endif

}  // namespace

void add_bench(CLI::App& app) {
  auto* group = app.add_subcommand("bench", "Measure speed on synthetic input; prints one JSON object");
  group->require_subcommand(1);
  group->footer("Example:\n  albef bench step --config configs/pretrain.yaml --batch 8");
  auto args = std::make_shared<BenchArgs>();
  add(*group, "step", "a pretraining step: forward, backward, AdamW, momentum, queue", args, [](const BenchArgs& a) {
    const auto s = settings(a);
    const Machine machine(s.common.run);
    SyntheticPretraining task(s, machine.device, machine.compute());
    return bench_step(task, task.flop_per_pair(), s.common, machine, a.repeats);
  });
  auto* rerank = add(*group, "rerank", "ITM scores of many texts with one image, keys and values counted in", args,
                     [](const BenchArgs& a) { return bench_rerank(settings(a).common, a.texts, a.tokens, a.repeats); });
  rerank->add_option("--texts", args->texts, "texts an image")->capture_default_str()->check(whole_number(1, 100000));
  rerank->add_option("--tokens", args->tokens, "tokens of a text, [CLS] among them")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 20));
  auto* answers = add(*group, "answers", "VQA's ranking of a list of answers, beside the plain way", args,
                      [](const BenchArgs& a) { return bench_answers(settings(a).common, a.answers, a.repeats); });
  answers->add_option("--answers", args->answers.answers, "answers in the list")
      ->capture_default_str()
      ->check(whole_number(1, 100000));
  answers->add_option("--questions", args->answers.questions, "questions at once")
      ->capture_default_str()
      ->check(whole_number(1, 1000));
  answers->add_option("--k-test", args->answers.k, "answers whose whole text is scored")
      ->capture_default_str()
      ->check(whole_number(2, 100000));
  add(*group, "encode", "image features by the image encoder", args,
      [](const BenchArgs& a) { return bench_encode(settings(a).common, a.repeats); });
#ifndef ALBEF_CORE_ONLY
  add_loader(*group, args);
  add(*group, "tokenize", "captions to ids", args, [](const BenchArgs& a) { return bench_tokenize(a.repeats); });
#endif
}

}  // namespace albef::cli
