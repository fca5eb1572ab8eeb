// Masked language modelling (MLM): ALBEF §3.2, Eq. 3; with momentum distillation, §3.3, Eq. 7. Pure functions.
#pragma once
#include <torch/types.h>

namespace albef {

/// (1-alpha) * mean cross-entropy + alpha * mean H(softmax(momentum_logits), softmax(logits)) over the N chosen tokens.
/// logits [N, V], labels [N] int64, momentum_logits [N, V] without gradient (unused and may be undefined if alpha is
/// 0). N = 0 gives 0, connected to `logits`.
torch::Tensor mlm_loss(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& momentum_logits,
                       double alpha);

}  // namespace albef
