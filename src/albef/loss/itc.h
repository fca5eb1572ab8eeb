// Image-text contrastive loss (ITC): ALBEF §3.2, Eq. 1-2; with momentum distillation, §3.3, Eq. 6.
// Pure functions of tensors: no parameters, no state, no randomness. All in float32.
// B pairs in the batch, K keys of the momentum encoders for it (B, or the batches of all processes), Q in the queue,
// E joint width. Feature rows have length 1.
#pragma once
#include <torch/types.h>

namespace albef {

/// One modality's keys: momentum features of this step, then the queue. No gradient.
struct ItcKeys {
  torch::Tensor batch;  ///< [K, E]; rows 0..B-1 are this batch's own
  torch::Tensor queue;  ///< [E, Q]; undefined or Q = 0: none
};

struct ItcFeatures {
  torch::Tensor image, text;      ///< [B, E] online encoders; carry gradient
  ItcKeys image_keys, text_keys;  ///< what the other modality is compared with
  torch::Tensor matches;          ///< [B, K+Q] rows sum to 1: the own pair, or every pair of the same image
};

struct ItcResult {
  torch::Tensor loss;                    ///< [] in nats, mean of both directions and of B
  torch::Tensor logits_i2t, logits_t2i;  ///< [B, K+Q], no gradient; ITM draws its negatives from the first B columns
};

/// <query, key> / temperature, Eq. 1 before its softmax: [B, K+Q].
torch::Tensor itc_logits(const torch::Tensor& query, const ItcKeys& keys, const torch::Tensor& temperature);

/// Eq. 6: alpha * softmax(momentum_logits) + (1 - alpha) * matches. Carries no gradient.
torch::Tensor itc_targets(const torch::Tensor& momentum_logits, const torch::Tensor& matches, double alpha);

/// Eq. 2 (alpha = 0) or Eq. 6. Throws c10::Error if shapes disagree or alpha is outside [0, 1].
ItcResult itc_loss(const ItcFeatures& features, const torch::Tensor& temperature, double alpha);

/// The identity: each pair matches itself alone. [B, keys].
torch::Tensor own_pair_matches(int64_t batch, int64_t keys, torch::Device device);

/// Uniform over all keys of the same image (retrieval). ids [B] and key_ids [K+Q], int64; key_ids begins with ids.
torch::Tensor same_image_matches(const torch::Tensor& ids, const torch::Tensor& key_ids);

}  // namespace albef
