#include "albef/tasks/pretrain/task.h"

#include <algorithm>

#include "albef/tasks/retrieval/eval.h"

namespace albef {
namespace {

MaskingOptions masking_options(const PretrainSettings& s, const Vocabulary& vocabulary) {
  MaskingOptions o{.probability = s.mlm_probability,
                   .vocab_size = vocabulary.size(),
                   .pad = vocabulary.pad(),
                   .cls = vocabulary.cls(),
                   .mask = vocabulary.mask()};
  for (int64_t id = 0; s.mlm_mask == "word" && id < vocabulary.size(); ++id)
    o.continues.push_back(vocabulary.token(id).starts_with(kContinuation));
  return o;
}

}  // namespace

PretrainTask::PretrainTask(const PretrainSettings& settings, PairData data, const Run& run, Communicator& ranks)
    : PairTask(settings.common, std::move(data), run, ranks),
      alpha_ramp_steps_(settings.alpha_ramp_steps > 0 ? settings.alpha_ramp_steps : steps_per_epoch()),
      negatives_ramp_steps_(settings.negatives_ramp_steps),
      draw_options_({.masking = masking_options(settings, tokenizer_.vocabulary()),
                     .hardest_negatives = settings.negatives == "hardest"}),
      step_options_({.alpha_itc = settings.alpha_itc,
                     .alpha_mlm = settings.alpha_mlm,
                     .momentum = settings.common.model.momentum,
                     .exclude_same_image = settings.exclude_same_image,
                     .compute = compute_}) {
  hold_out_pairs();
}

ObjectiveLosses PretrainTask::losses(const PairBatch& batch, const RunPosition& position) {
  const auto share = [&](int64_t of) {
    return of > 0 ? std::min(1.0, static_cast<double>(position.step) / static_cast<double>(of)) : 1.0;
  };
  auto options = step_options_;
  options.alpha_scale = share(alpha_ramp_steps_);
  return pretrain_step(model_, batch, draw(batch, draw_options_, share(negatives_ramp_steps_), keys(position)),
                       options);
}

Metrics PretrainTask::evaluate() {
  const torch::NoGradGuard no_grad;
  Metrics metrics = held_out_recall();
  metrics.merge(held_out_losses());
  return metrics;
}

// The three losses with hard targets on the validation pairs, masks and negatives drawn alike each time.
Metrics PretrainTask::held_out_losses() {
  PairLoader loader(held_out_->pairs, bad_, loader_options(settings_, /*train=*/false), {}, 1);
  auto options = step_options_;
  options.alpha_scale = 0;
  Metrics sums;
  int64_t pairs = 0;
  for (StepKeys keys; auto loaded = loader.next(); ++keys.step) {
    const auto& batch = loaded->batch;
    const auto losses = pretrain_step(model_, batch, draw(batch, draw_options_, /*sharpness=*/1, keys), options);
    const auto weight = static_cast<double>(loaded->size);
    sums["loss_itc"] += weight * losses.itc.item<double>();
    sums["loss_itm"] += weight * losses.itm.item<double>();
    sums["loss_mlm"] += weight * losses.mlm.item<double>();
    pairs += loaded->size;
  }
  for (auto& [name, sum] : sums) sum /= static_cast<double>(pairs);
  return sums;
}

Metrics PretrainTask::held_out_recall() {
  auto options = retrieval_eval_options(settings_.data, compute_);
  options.rerank = false;
  return evaluate_retrieval(model_, model_->online, held_out_->list, tokenizer_, pictures_, options, device_).itc;
}

void pretrain(PretrainSettings settings, Communicator& ranks) {
  const Run run = open_run(settings.common, ranks);
  auto data = read_pair_data(settings.common, run, ranks);
  PretrainTask task(settings, std::move(data), run, ranks);
  train(task, settings, run, ranks, "r_mean");
}

}  // namespace albef
