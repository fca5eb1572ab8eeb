// Masked language modelling (MLM): ALBEF §3.2, Eq. 3; with momentum distillation, §3.3, Eq. 7. Pure functions.
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "albef/base/rng.h"

namespace albef {

struct MaskingOptions {
  double probability = 0.15;  ///< that a token is chosen
  int64_t vocab_size = 30522, pad = 0, cls = 101, mask = 103;
};

/// Masks one text in place: each token but [PAD] and [CLS] is chosen with `probability`; of the chosen 80 % become
/// [MASK], 10 % a random id, 10 % stay. Returns the chosen places, ascending, and their original ids.
struct Masked {
  std::vector<int64_t> places, labels;
};
Masked mask_tokens(int64_t* ids, size_t count, const MaskingOptions& options, Rng& rng);

/// (1-alpha) * mean cross-entropy + alpha * mean H(softmax(momentum_logits), softmax(logits)) over the N chosen tokens.
/// logits [N, V], labels [N] int64, momentum_logits [N, V] without gradient (unused and may be undefined if alpha is
/// 0). N = 0 gives 0, connected to `logits`.
torch::Tensor mlm_loss(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& momentum_logits,
                       double alpha);

}  // namespace albef
