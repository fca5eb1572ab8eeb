#include "albef/tasks/common/classifier_step.h"

#include "albef/loss/cross_entropy.h"
#include "albef/model/autocast.h"

namespace albef {
namespace {

torch::Tensor logits_of(ClassifierParts& parts, const torch::Tensor& pixels, int64_t pictures,
                        const TextTokens& texts) {
  const auto tokens = parts.vision(pixels).chunk(pictures);
  return parts.logits(tokens, {}, texts);
}

}  // namespace

ClassifierLoss classifier_step(Classifier& model, const LabelledBatch& batch, const ClassifierStepOptions& o) {
  const auto device = model->device();
  const int64_t pictures = model->options().text.images_per_text;
  TORCH_CHECK(o.alpha == 0 || model->options().momentum_model, "classifier_step: alpha without a momentum model");
  if (model->is_training() && model->options().momentum_model) model->update_momentum(o.momentum);
  const auto texts = make_texts(batch.texts, o.compute.packed, device);
  const auto pixels = pixels_on(device, batch.pixels);
  torch::Tensor logits, momentum_logits;
  {
    const Autocast autocast(device, o.compute.bf16);
    logits = logits_of(model->online, pixels, pictures, texts);
    if (o.alpha > 0) {
      const torch::NoGradGuard no_grad;
      momentum_logits = logits_of(model->momentum, pixels, pictures, texts);
    }
  }
  const auto labels = to_device(batch.labels, device);
  return {.loss = distilled_cross_entropy(logits, labels, momentum_logits, o.alpha),
          .accuracy = logits.detach().argmax(1).eq(labels).to(torch::kFloat).mean()};
}

}  // namespace albef
