#include "albef/tasks/vqa/step.h"

#include "albef/loss/answer.h"
#include "albef/model/autocast.h"

namespace albef {
namespace {

// Tokens that another follows: position t predicts token t+1.
struct Predictions {
  int64_t count = 0;      // T
  torch::Tensor rows;     // of the decoder's states; filled up to rounded_rows(T)
  torch::Tensor next;     // [T] the ids that follow
  torch::Tensor weights;  // [T] of their answers
};

Predictions predictions(const VqaBatch& batch, const TokenLayout& layout, torch::Device device) {
  std::vector<int64_t> rows, next;
  std::vector<float> weights;
  for (int64_t n = 0; n < batch.answers.size; ++n) {
    const auto* ids = batch.answers.ids.data() + n * batch.answers.length;
    for (int64_t t = 0; t + 1 < batch.answers.lengths[static_cast<size_t>(n)]; ++t) {
      rows.push_back(layout.first_row(n) + t);
      next.push_back(ids[t + 1]);
      weights.push_back(static_cast<float>(batch.weights[static_cast<size_t>(n)]));
    }
  }
  Predictions made{.count = std::ssize(rows), .rows = {}, .next = to_device(next, device), .weights = {}};
  made.rows = rounded_index(std::move(rows), device);
  made.weights = torch::tensor(weights).to(device, /*non_blocking=*/true);
  return made;
}

torch::Tensor logits_of(VqaParts& parts, const torch::Tensor& pixels, const TextTokens& questions,
                        const TextTokens& answers, const torch::Tensor& question_of, const Predictions& wanted) {
  const auto keys = parts.question_keys(parts.vision(pixels), {}, questions);
  const auto states = parts.answer_states(keys, question_of, answers);
  const auto logits = parts.decoder->mlm_logits(select_rows(states, wanted.rows, wanted.count));
  return logits.narrow(0, 0, wanted.count);
}

}  // namespace

VqaLoss vqa_step(Vqa& model, const VqaBatch& batch, const VqaStepOptions& o) {
  const auto device = model->device();
  TORCH_CHECK(o.alpha == 0 || model->options().momentum_model, "vqa_step: alpha without a momentum model");
  if (model->is_training() && model->options().momentum_model) model->update_momentum(o.momentum);
  const auto questions = make_texts(batch.questions, o.compute.packed, device);
  const auto answers = make_texts(batch.answers, o.compute.packed, device);
  const auto question_of = to_device(batch.question_of, device);
  const auto wanted = predictions(batch, answers.layout, device);
  const auto pixels = pixels_on(device, batch.pixels);
  torch::Tensor logits, momentum_logits;
  {
    const Autocast autocast(device, o.compute.bf16);
    logits = logits_of(model->online, pixels, questions, answers, question_of, wanted);
    if (o.alpha > 0) {
      const torch::NoGradGuard no_grad;
      momentum_logits = logits_of(model->momentum, pixels, questions, answers, question_of, wanted);
    }
  }
  return {.loss = answer_loss(logits, wanted.next, wanted.weights, momentum_logits, o.alpha, batch.questions.size),
          .token_accuracy = logits.detach().argmax(1).eq(wanted.next).to(torch::kFloat).mean()};
}

}  // namespace albef
