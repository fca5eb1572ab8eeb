#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/model/autocast.h"
#include "albef/tasks/bench/bench.h"
#include "albef/tasks/bench/flops.h"
#include "albef/tasks/bench/measure.h"
#include "albef/tasks/pretrain/step.h"
#include "albef/tasks/retrieval/rerank.h"
#include "albef/train/device.h"
#include "albef/train/precision.h"
#include "albef/train/trainer.h"

namespace albef {
namespace {

// Special tokens of a vocabulary that is not opened: BERT's numbers where they fit.
MaskingOptions masking(const PretrainSettings& s) {
  MaskingOptions o{.probability = s.mlm_probability, .vocab_size = s.model.bert.vocab_size};
  if (o.vocab_size <= o.mask) {
    o.cls = 2 % o.vocab_size;
    o.mask = 4 % o.vocab_size;
  }
  return o;
}

std::vector<int64_t> random_text(const MaskingOptions& special, int64_t tokens, Rng& rng) {
  std::vector<int64_t> ids = {special.cls};
  while (static_cast<int64_t>(ids.size()) < tokens)
    ids.push_back(static_cast<int64_t>(rng.below(static_cast<uint64_t>(special.vocab_size - 1))) + 1);
  return ids;
}

struct Machine {
  explicit Machine(const PretrainSettings& s)
      : device(choose_device(s.run.device)), precision(choose_precision(s.run.precision, hardware(device))) {
    set_compute_threads(s.run.threads);
    allow_tf32(s.run.tf32);
    log_precision(precision);
  }
  torch::Device device;
  Precision precision;
  ComputeOptions compute() const { return compute_options(precision.bf16(), device); }
};

// Pretraining on noise: random pixels, texts of full length.
class SyntheticTask : public Task {
 public:
  SyntheticTask(const PretrainSettings& s, const Machine& machine)
      : settings_(s), model_(make_model(s.model, {}, static_cast<uint64_t>(s.run.seed))) {
    model_->place(machine.device);
    options_ = {
        .alpha_itc = s.alpha_itc, .alpha_mlm = s.alpha_mlm, .momentum = s.model.momentum, .compute = machine.compute()};
    draw_options_ = {.masking = masking(s), .hardest_negatives = s.negatives == "hardest"};
    batch_.pixels = torch::randint(0, 256, {s.batch_size, s.model.image_res, s.model.image_res, 3}, torch::kUInt8);
    Rng rng(Purpose::kSynthetic, {1});
    std::vector<std::vector<int64_t>> texts;
    for (int64_t b = 0; b < s.batch_size; ++b) {
      texts.push_back(random_text(draw_options_.masking, s.max_tokens, rng));
      batch_.image_ids.push_back(b);
      batch_.samples.push_back(b);
    }
    batch_.texts = pad_texts(texts, draw_options_.masking.pad);
  }
  torch::nn::Module& module() override { return *model_; }
  int64_t steps_per_epoch() const override { return 1 << 30; }
  void start(const RunPosition&, const OrderedJson&) override {}
  StepResult step(const RunPosition& position) override {
    const StepKeys keys = {.step = static_cast<uint64_t>(position.step)};
    losses_ = pretrain_step(model_, batch_, draw(batch_, draw_options_, /*sharpness=*/1, keys), options_);
    return step_result(model_, losses_, settings_.batch_size, 0);
  }
  void after_update() override {
    model_->queue.enqueue(losses_.entries);
    losses_ = {};
  }
  std::map<std::string, torch::Tensor> weights() override { return {}; }
  Albef& model() { return model_; }

 private:
  PretrainSettings settings_;
  Albef model_;
  PretrainStepOptions options_;
  DrawOptions draw_options_;
  PairBatch batch_;
  ObjectiveLosses losses_;
};

Albef eval_model(const PretrainSettings& s, torch::Device device) {
  Albef model(albef_options(s.model, /*momentum_model=*/false));
  model->initialise(static_cast<uint64_t>(s.run.seed));
  model->place(device);
  model->eval();
  return model;
}

}  // namespace

OrderedJson bench_step(const PretrainSettings& s, int64_t steps) {
  const Machine machine(s);
  SyntheticTask task(s, machine);
  task.module().train();
  AdamW optimizer(task.module(), {.weight_decay = s.optimizer.weight_decay});
  RunPosition position;
  const auto times = time_calls(
      [&] {
        train_step(task, optimizer, position, {s.schedular.lr, s.optimizer.grad_clip_norm, 0},
                   [](const StepResult&) {});
        ++position.step;
      },
      2, steps, machine.device);
  const double chosen = s.mlm_probability * static_cast<double>(s.max_tokens - 1);
  const double flop =
      pretrain_flop_per_pair(task.model()->options(), s.batch_size, s.max_tokens, chosen, s.alpha_mlm > 0);
  OrderedJson json = {{"bench", "step"},
                      {"pairs_per_s", 1000 * static_cast<double>(s.batch_size) / percentile(times, 0.5)},
                      {"batch", s.batch_size},
                      {"gflop_per_pair", flop / 1e9}};
  add_measures(json, times, flop * static_cast<double>(s.batch_size), machine.precision, machine.device);
  return json;
}

OrderedJson bench_rerank(const PretrainSettings& s, int64_t texts, int64_t tokens, int64_t repeats) {
  const auto positions = s.model.bert.max_position_embeddings;
  if (tokens > positions)
    fail("--tokens ", tokens, " is more than bert.max_position_embeddings ", positions, " allows");
  const Machine machine(s);
  const torch::NoGradGuard no_grad;
  Albef model = eval_model(s, machine.device);
  Rng rng(Purpose::kSynthetic, {2});
  std::vector<std::vector<int64_t>> ids;
  std::vector<int64_t> which;
  for (int64_t t = 0; t < texts; ++t) {
    ids.push_back(random_text(masking(s), tokens, rng));
    which.push_back(t);
  }
  const auto encoded = encode_texts(model->online, ids, 64, machine.compute(), machine.device);
  const auto image = torch::randn({1, model->options().vision.tokens(), s.model.vision_width},
                                  torch::TensorOptions().device(machine.device));
  const auto times = time_calls(
      [&] {
        std::vector<KeyValues> keys;
        {
          const Autocast autocast(machine.device, machine.precision.bf16());
          keys = model->online.text->bert->cross_keys(image);
        }
        itm_scores(model, model->online, keys, encoded, which, machine.compute());
      },
      2, repeats, machine.device);
  const double flop = rerank_flop_per_pair(model->options(), texts, tokens);
  OrderedJson json = {{"bench", "rerank"},
                      {"pairs_per_s", 1000 * static_cast<double>(texts) / percentile(times, 0.5)},
                      {"texts_per_image", texts},
                      {"tokens", tokens},
                      {"gflop_per_pair", flop / 1e9}};
  add_measures(json, times, flop * static_cast<double>(texts), machine.precision, machine.device);
  return json;
}

OrderedJson bench_encode(const PretrainSettings& s, int64_t repeats) {
  const Machine machine(s);
  const torch::NoGradGuard no_grad;
  Albef model = eval_model(s, machine.device);
  const auto rgb = torch::randint(0, 256, {s.batch_size, s.model.image_res, s.model.image_res, 3}, torch::kUInt8);
  const auto times = time_calls(
      [&] {
        const Autocast autocast(machine.device, machine.precision.bf16());
        model->online.image_feature(model->online.vision(pixels_on(machine.device, rgb)));
      },
      2, repeats, machine.device);
  const double flop = vision_flop(model->options().vision);
  OrderedJson json = {{"bench", "encode"},
                      {"images_per_s", 1000 * static_cast<double>(s.batch_size) / percentile(times, 0.5)},
                      {"batch", s.batch_size},
                      {"gflop_per_image", flop / 1e9}};
  add_measures(json, times, flop * static_cast<double>(s.batch_size), machine.precision, machine.device);
  return json;
}

}  // namespace albef
