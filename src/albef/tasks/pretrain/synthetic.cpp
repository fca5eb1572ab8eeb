#include "albef/tasks/pretrain/synthetic.h"

#include "albef/tasks/common/flops.h"

namespace albef {
namespace {

// Special tokens: BERT's numbers where they fit.
MaskingOptions special_tokens(int64_t vocab_size) {
  MaskingOptions o{.vocab_size = vocab_size};
  if (vocab_size <= o.mask) {
    o.cls = 2 % vocab_size;
    o.mask = 4 % vocab_size;
  }
  return o;
}

}  // namespace

std::vector<int64_t> synthetic_text(int64_t vocab_size, int64_t tokens, Rng& rng) {
  std::vector<int64_t> ids = {special_tokens(vocab_size).cls};
  while (static_cast<int64_t>(ids.size()) < tokens)
    ids.push_back(static_cast<int64_t>(rng.below(static_cast<uint64_t>(vocab_size - 1))) + 1);
  return ids;
}

SyntheticPretraining::SyntheticPretraining(const PretrainSettings& s, torch::Device device,
                                           const ComputeOptions& compute)
    : model_(make_model(s.common.model, {}, static_cast<uint64_t>(s.common.run.seed))),
      options_({.alpha_itc = s.alpha_itc,
                .alpha_mlm = s.alpha_mlm,
                .momentum = s.common.model.momentum,
                .compute = compute}) {
  model_->place(device);
  const auto& [data, model] = std::tie(s.common.data, s.common.model);
  draw_options_ = {.masking = special_tokens(model.bert.vocab_size), .hardest_negatives = s.negatives == "hardest"};
  draw_options_.masking.probability = s.mlm_probability;
  batch_.pixels = torch::randint(0, 256, {data.batch_size, model.image_res, model.image_res, 3}, torch::kUInt8);
  Rng rng(Purpose::kSynthetic, {1});
  std::vector<std::vector<int64_t>> texts;
  for (int64_t b = 0; b < data.batch_size; ++b) {
    texts.push_back(synthetic_text(model.bert.vocab_size, longest_text(s.common), rng));
    batch_.image_ids.push_back(b);
    batch_.samples.push_back(b);
  }
  batch_.texts = pad_texts(texts, draw_options_.masking.pad);
  const double chosen = s.mlm_probability * static_cast<double>(longest_text(s.common) - 1);
  flop_per_pair_ =
      pretrain_flop_per_pair(model_->options(), data.batch_size, longest_text(s.common), chosen, s.alpha_mlm > 0);
}

StepResult SyntheticPretraining::step(const RunPosition& position) {
  const StepKeys keys = {.step = static_cast<uint64_t>(position.step)};
  const auto losses = pretrain_step(model_, batch_, draw(batch_, draw_options_, /*sharpness=*/1, keys), options_);
  new_entries_ = losses.entries;
  return step_result(model_, losses);
}

void SyntheticPretraining::after_update() {
  model_->queue.enqueue(new_entries_);
}

}  // namespace albef
