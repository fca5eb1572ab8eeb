#include "albef/loss/itm.h"

#include <limits>

namespace albef {
namespace {

Negatives checked(torch::Tensor index, const torch::Tensor& excluded) {
  const auto valid = excluded.logical_not().any(1);
  const auto own = torch::arange(index.size(0), index.options());
  return {torch::where(valid, index, own), valid};
}

}  // namespace

Negatives sample_negatives(const torch::Tensor& logits, const torch::Tensor& excluded, const torch::Tensor& uniform,
                           double sharpness) {
  const torch::NoGradGuard no_grad;
  const int64_t batch = excluded.size(0);
  TORCH_CHECK(logits.dim() == 2 && logits.size(0) == batch && logits.size(1) >= batch, "sample_negatives: logits are ",
              logits.sizes());
  // Excluding before the softmax instead of after it gives the same distribution, and cannot leave an all-zero row.
  const auto scores = (sharpness * logits.narrow(1, 0, batch).to(torch::kDouble))
                          .masked_fill(excluded, -std::numeric_limits<double>::infinity());
  const auto cumulative = torch::softmax(scores, 1).nan_to_num(0.0).cumsum(1);
  const auto total = cumulative.narrow(1, batch - 1, 1);
  auto index = torch::searchsorted(cumulative, uniform.to(torch::kDouble).unsqueeze(1) * total, /*out_int32=*/false,
                                   /*right=*/true)
                   .squeeze(1);
  // Rounding may step past the last pair that can be drawn.
  const auto last = (batch - 1) - excluded.logical_not().flip({1}).to(torch::kInt64).argmax(1);
  return checked(torch::minimum(index, last), excluded);
}

Negatives hardest_negatives(const torch::Tensor& logits, const torch::Tensor& excluded) {
  const torch::NoGradGuard no_grad;
  const auto scores =
      logits.narrow(1, 0, excluded.size(0)).masked_fill(excluded, -std::numeric_limits<float>::infinity());
  return checked(scores.argmax(1), excluded);
}

torch::Tensor itm_loss(const torch::Tensor& matched, const torch::Tensor& mismatched, const torch::Tensor& valid) {
  const auto match = torch::log_softmax(matched.to(torch::kFloat), 1).select(1, 1);
  const auto mismatch = torch::log_softmax(mismatched.to(torch::kFloat), 1).select(1, 0);
  const auto counted = valid.to(torch::kFloat);
  return -(match.sum() + (mismatch * counted).sum()) / (match.size(0) + counted.sum());
}

}  // namespace albef
