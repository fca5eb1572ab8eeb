#include "albef/tasks/retrieval/step.h"

#include "albef/loss/itc.h"

namespace albef {

ObjectiveLosses retrieval_step(Albef& model, const PairBatch& batch, const ChooseNegatives& negatives,
                               const RetrievalStepOptions& o) {
  TORCH_CHECK(model->queue.ids.defined(), "retrieval_step: the model has no id queue (AlbefOptions::id_queue)");
  const auto device = model->temp.device();
  model->clamp_temperature();
  if (model->is_training()) model->update_momentum(o.momentum);
  const auto ids = to_device(batch.image_ids, device);
  const ObjectiveInput input = {.pixels = pixels_on(device, batch.pixels),
                                .texts = batch.texts,
                                .matches = same_image_matches(ids, torch::cat({ids, model->queue.ids[0]})),
                                .excluded = excluded_pairs(batch.image_ids, /*same_image=*/true, device),
                                .alpha_itc = o.alpha,
                                .choose_negatives = negatives};
  auto losses = albef_objectives(model, input, o.compute);
  losses.entries.ids = ids;
  return losses;
}

}  // namespace albef
