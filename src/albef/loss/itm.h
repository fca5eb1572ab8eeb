// Image-text matching (ITM) with hard negatives from the batch: ALBEF §3.2, Eq. 4. Pure functions.
#pragma once
#include <torch/types.h>

namespace albef {

/// For each row of the batch the index of another to be paired with it, and whether there was one to be had.
struct Negatives {
  torch::Tensor index;  ///< [B] int64
  torch::Tensor valid;  ///< [B] bool; false where every other pair is excluded (index is then the row's own)
};

/// Draws for row b with the probabilities softmax(sharpness * logits[b, :B]), in which the excluded pairs have no part;
/// sharpness 1 is the paper's (Eq. 1), 0 draws any pair alike. `logits` [B, >=B] of itc_loss, divided by the
/// temperature already; `excluded` [B, B] bool, true for pairs that may not be drawn (the own pair; captions of the
/// same image); `uniform` [B] in [0, 1) decides, so that a draw can be replayed. Exclusion comes before the softmax: a
/// row's probabilities cannot all vanish while a pair is left. No synchronisation with the host.
Negatives sample_negatives(const torch::Tensor& logits, const torch::Tensor& excluded, const torch::Tensor& uniform,
                           double sharpness = 1);

/// The most similar pair that is not excluded ("hardest", as the study note has it).
Negatives hardest_negatives(const torch::Tensor& logits, const torch::Tensor& excluded);

/// Two-way softmax cross-entropy, class 1 = match. `matched` [B, 2] logits of true pairs; `mismatched` [2B, 2] of the
/// negatives, of which those with `valid` [2B] bool count. Mean over all that count; []. float32.
torch::Tensor itm_loss(const torch::Tensor& matched, const torch::Tensor& mismatched, const torch::Tensor& valid);

}  // namespace albef
