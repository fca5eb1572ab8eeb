#include "albef/loss/answer.h"

namespace albef {

torch::Tensor answer_loss(const torch::Tensor& logits, const torch::Tensor& next, const torch::Tensor& weights,
                          const torch::Tensor& momentum_logits, double alpha, int64_t questions) {
  TORCH_CHECK(alpha >= 0 && alpha <= 1, "answer_loss: alpha is ", alpha, ", expected 0..1");
  TORCH_CHECK(questions > 0, "answer_loss: no questions");
  const auto log_p = torch::log_softmax(logits.to(torch::kFloat), 1);
  auto each = -log_p.gather(1, next.unsqueeze(1)).squeeze(1);
  if (alpha > 0) {
    const auto q = torch::softmax(momentum_logits.detach().to(torch::kFloat), 1);
    each = (1 - alpha) * each - alpha * (q * log_p).sum(1);
  }
  return (weights * each).sum() / questions;
}

}  // namespace albef
