#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/dist/communicator.h"
#include "albef/model/autocast.h"
#include "albef/tasks/bench/bench.h"
#include "albef/tasks/common/flops.h"
#include "albef/tasks/pretrain/synthetic.h"
#include "albef/tasks/retrieval/rerank.h"
#include "albef/train/step.h"

namespace albef {
namespace {

Albef eval_model(const CommonSettings& s, torch::Device device) {
  Albef model(albef_options(s.model, /*momentum_model=*/false));
  model->initialise(static_cast<uint64_t>(s.run.seed));
  model->place(device);
  model->eval();
  return model;
}

}  // namespace

OrderedJson bench_step(Task& task, double flop_per_pair, const CommonSettings& s, const Machine& machine,
                       int64_t steps) {
  task.module().train();
  AdamW optimizer(task.module(), {.weight_decay = s.optimizer.weight_decay});
  SingleProcess alone;
  RunPosition position;
  const auto times = time_calls(
      [&] {
        train_step(task, optimizer, alone, position, {s.schedular.lr, s.optimizer.grad_clip_norm, 0});
        ++position.step;
      },
      2, steps, machine.device);
  const auto batch = static_cast<double>(s.data.batch_size);
  OrderedJson json = {{"bench", "step"},
                      {"pairs_per_s", 1000 * batch / percentile(times, 0.5)},
                      {"batch", s.data.batch_size},
                      {"gflop_per_pair", flop_per_pair / 1e9}};
  add_measures(json, times, flop_per_pair * batch, machine.precision, machine.device);
  return json;
}

OrderedJson bench_rerank(const CommonSettings& s, int64_t texts, int64_t tokens, int64_t repeats) {
  const auto positions = s.model.bert.max_position_embeddings;
  if (tokens > positions)
    fail("--tokens ", tokens, " is more than bert.max_position_embeddings ", positions, " allows");
  const Machine machine(s.run);
  const torch::NoGradGuard no_grad;
  Albef model = eval_model(s, machine.device);
  Rng rng(Purpose::kSynthetic, {2});
  std::vector<std::vector<int64_t>> ids;
  std::vector<int64_t> which;
  for (int64_t t = 0; t < texts; ++t) {
    ids.push_back(synthetic_text(s.model.bert.vocab_size, tokens, rng));
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

OrderedJson bench_encode(const CommonSettings& s, int64_t repeats) {
  const Machine machine(s.run);
  const torch::NoGradGuard no_grad;
  Albef model = eval_model(s, machine.device);
  const auto rgb = torch::randint(0, 256, {s.data.batch_size, s.model.image_res, s.model.image_res, 3}, torch::kUInt8);
  const auto times = time_calls(
      [&] {
        const Autocast autocast(machine.device, machine.precision.bf16());
        model->online.image_feature(model->online.vision(pixels_on(machine.device, rgb)));
      },
      2, repeats, machine.device);
  const double flop = vision_flop(model->options().vision);
  OrderedJson json = {{"bench", "encode"},
                      {"images_per_s", 1000 * static_cast<double>(s.data.batch_size) / percentile(times, 0.5)},
                      {"batch", s.data.batch_size},
                      {"gflop_per_image", flop / 1e9}};
  add_measures(json, times, flop * static_cast<double>(s.data.batch_size), machine.precision, machine.device);
  return json;
}

}  // namespace albef
