// Cross-entropy with momentum distillation: MLM (ALBEF §3.2, Eq. 3; §3.3, Eq. 7), and the classes of fine-tuning (§5).
// Pure functions.
#pragma once
#include <torch/types.h>

namespace albef {

/// (1-alpha) * mean cross-entropy + alpha * mean H(softmax(momentum_logits), softmax(logits)) over N rows: chosen
/// tokens of MLM, samples of a classifier. logits [N, C], labels [N] int64, momentum_logits [N, C] without gradient
/// (unused and may be undefined if alpha is 0). N = 0 gives 0, connected to `logits`. Returns [] float32.
torch::Tensor distilled_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels,
                                      const torch::Tensor& momentum_logits, double alpha);

}  // namespace albef
