#include "albef/tasks/pretrain/step.h"

#include "albef/loss/itc.h"

namespace albef {

MaskedTexts mask_texts(const PairBatch& batch, const MaskingOptions& options, uint64_t seed, uint64_t epoch) {
  MaskedTexts masked;
  masked.ids = batch.texts.ids;
  const auto length = static_cast<size_t>(batch.texts.length);
  for (size_t b = 0; b < batch.texts.lengths.size(); ++b) {
    Rng rng(Purpose::kMask, {seed, epoch, static_cast<uint64_t>(batch.samples[b])});
    auto chosen =
        mask_tokens(masked.ids.data() + b * length, static_cast<size_t>(batch.texts.lengths[b]), options, rng);
    masked.labels.insert(masked.labels.end(), chosen.labels.begin(), chosen.labels.end());
    masked.places.push_back(std::move(chosen.places));
  }
  return masked;
}

ChooseNegatives negative_chooser(bool hardest, double sharpness, uint64_t seed, uint64_t step) {
  if (hardest) {
    return [](const torch::Tensor& t2i, const torch::Tensor& i2t, const torch::Tensor& excluded) {
      return NegativePairs{hardest_negatives(t2i, excluded), hardest_negatives(i2t, excluded)};
    };
  }
  return [sharpness, seed, step](const torch::Tensor& t2i, const torch::Tensor& i2t, const torch::Tensor& excluded) {
    Rng rng(Purpose::kNegatives, {seed, step});
    const auto uniform = [&] {
      std::vector<double> draws(static_cast<size_t>(excluded.size(0)));
      for (auto& draw : draws) draw = rng.uniform();
      return torch::tensor(draws, torch::kDouble).to(excluded.device(), /*non_blocking=*/true);
    };
    const auto for_image = uniform(), for_text = uniform();
    return NegativePairs{sample_negatives(t2i, excluded, for_image, sharpness),
                         sample_negatives(i2t, excluded, for_text, sharpness)};
  };
}

torch::Tensor excluded_pairs(const std::vector<int64_t>& image_ids, bool same_image, torch::Device device) {
  const auto batch = static_cast<int64_t>(image_ids.size());
  auto excluded = torch::eye(batch, torch::kBool);
  if (same_image) {
    const auto ids = torch::tensor(image_ids, torch::kInt64);
    excluded = ids.unsqueeze(1).eq(ids.unsqueeze(0));
  }
  return excluded.to(device, /*non_blocking=*/true);
}

ObjectiveLosses pretrain_step(Albef& model, const PairBatch& batch, const PretrainStepOptions& o, const Ramps& ramps,
                              uint64_t seed, uint64_t epoch, uint64_t step, torch::Device device) {
  const auto size = batch.texts.size;
  model->clamp_temperature();
  if (model->is_training()) model->update_momentum();
  const auto masked = mask_texts(batch, o.masking, seed, epoch);
  ObjectiveInput input;
  input.pixels = normalise_pixels(batch.pixels.to(device, /*non_blocking=*/true));
  input.ids = batch.texts.ids;
  input.lengths = batch.texts.lengths;
  input.masked = &masked;
  input.matches = own_pair_matches(size, size + model->options().queue_size, device);
  input.excluded = excluded_pairs(batch.image_ids, o.exclude_same_image, device);
  input.alpha_itc = o.alpha_itc * ramps.alpha;
  input.alpha_mlm = o.alpha_mlm * ramps.alpha;
  input.choose_negatives = negative_chooser(o.hardest_negatives, ramps.negatives, seed, step);
  return albef_objectives(model, input, o.compute);
}

StepResult step_result(Albef& model, const ObjectiveLosses& losses, int64_t pairs, double data_wait) {
  StepResult result;
  result.loss = losses.itc + losses.itm + losses.mlm;
  result.values = {{"loss_itc", losses.itc},
                   {"loss_itm", losses.itm},
                   {"loss_mlm", losses.mlm},
                   {"temperature", model->temp.clone()}};
  result.pairs = pairs;
  result.data_wait = data_wait;
  return result;
}

}  // namespace albef
