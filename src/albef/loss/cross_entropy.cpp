#include "albef/loss/cross_entropy.h"

namespace albef {

torch::Tensor distilled_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                                      const torch::Tensor& momentum_logits, double alpha) {
  TORCH_CHECK(alpha >= 0 && alpha <= 1, "distilled_cross_entropy: alpha is ", alpha, ", expected 0..1");
  if (labels.size(0) == 0) return logits.to(torch::kFloat).sum();
  const auto log_p = torch::log_softmax(logits.to(torch::kFloat), 1);
  const auto hard = -log_p.gather(1, labels.unsqueeze(1)).mean();
  if (alpha == 0) return hard;
  const auto q = torch::softmax(momentum_logits.detach().to(torch::kFloat), 1);
  return (1 - alpha) * hard - alpha * (q * log_p).sum(1).mean();
}

}  // namespace albef
