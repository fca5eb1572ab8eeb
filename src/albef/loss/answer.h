// The loss of VQA's answer decoder (ALBEF §5, Visual Question Answering). Pure functions.
#pragma once
#include <torch/types.h>

namespace albef {

/// Σ_t weight_t · ((1-alpha) · cross-entropy_t + alpha · H(q_t, p_t)) / questions, over all T tokens that answers are
/// made of, the end among them: sums over an answer's tokens, each with its answer's weight. logits [T, V], next [T]
/// int64 ids, weights [T] float32, momentum_logits [T, V] without gradient (unused and may be undefined if alpha is 0).
/// Returns [] float32.
torch::Tensor answer_loss(const torch::Tensor& logits, const torch::Tensor& next, const torch::Tensor& weights,
                          const torch::Tensor& momentum_logits, double alpha, int64_t questions);

}  // namespace albef
