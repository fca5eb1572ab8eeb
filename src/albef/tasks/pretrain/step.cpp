#include "albef/tasks/pretrain/step.h"

#include "albef/loss/itc.h"

namespace albef {

PretrainDraws draw(const PairBatch& batch, const DrawOptions& options, double sharpness, const StepKeys& keys) {
  return {.masked = mask_texts(batch, options.masking, keys),
          .negatives = negative_chooser(options.hardest_negatives, sharpness, keys)};
}

ObjectiveLosses pretrain_step(Albef& model, const PairBatch& batch, const PretrainDraws& draws,
                              const PretrainStepOptions& o) {
  const auto device = model->temp.device();
  const int64_t size = batch.texts.size;
  model->clamp_temperature();
  if (model->is_training()) model->update_momentum(o.momentum);
  const ObjectiveInput input = {.pixels = pixels_on(device, batch.pixels),
                                .texts = batch.texts,
                                .masked = &draws.masked,
                                .matches = own_pair_matches(size, size + model->queue.capacity(), device),
                                .excluded = excluded_pairs(batch.image_ids, o.exclude_same_image, device),
                                .alpha_itc = o.alpha_itc * o.alpha_scale,
                                .alpha_mlm = o.alpha_mlm * o.alpha_scale,
                                .choose_negatives = draws.negatives};
  return albef_objectives(model, input, o.compute);
}

}  // namespace albef
