// ALBEF's objectives over one batch (§3.2-3.3): ITC, ITM and, where there is masked text, MLM. Pretraining, retrieval
// and grounding call the same function; they differ in the matches, the excluded negatives and in having masked text.
//
// Work is done once: plain and masked texts pass the text encoder together; each fusion layer projects an image's keys
// and values once for the four texts that look at it; the true pairs, the two kinds of negatives and the masked texts
// are one batch of the multimodal encoder, whose last layer computes only the tokens that a head reads.
#pragma once
#include <functional>
#include <vector>

#include "albef/loss/itm.h"
#include "albef/model/albef.h"

namespace albef {

/// B texts on the device.
struct TextTokens {
  torch::Tensor ids;  ///< [rows] int64
  TokenLayout layout;
};

/// From a rectangle of ids [B, L] on the host, of which text b has lengths[b] tokens. Packed layouts pay on the CPU; on
/// a GPU they would make the host wait for the drawn negatives.
TextTokens make_texts(const std::vector<int64_t>& ids, const std::vector<int64_t>& lengths, bool packed,
                      torch::Device device);

/// The same texts with some tokens masked, and which.
struct MaskedTexts {
  std::vector<int64_t> ids;                  ///< [B, L]
  std::vector<std::vector<int64_t>> places;  ///< per text the chosen places, ascending; may be empty
  std::vector<int64_t> labels;               ///< the original ids, text after text
};

/// The negative image of each text and the negative text of each image, from the similarities.
struct NegativePairs {
  Negatives image, text;
};
using ChooseNegatives = std::function<NegativePairs(const torch::Tensor& logits_t2i, const torch::Tensor& logits_i2t,
                                                    const torch::Tensor& excluded)>;

struct ObjectiveInput {
  torch::Tensor pixels;                     ///< [B, 3, R, R] normalised float32
  std::vector<int64_t> ids, lengths;        ///< [B, L] and [B], on the host
  const MaskedTexts* masked = nullptr;      ///< none: no MLM
  torch::Tensor matches;                    ///< [B, B+Q], see itc.h
  torch::Tensor excluded;                   ///< [B, B] bool, see itm.h
  double alpha_itc = 0.4, alpha_mlm = 0.4;  ///< weights of the momentum model's pseudo-targets; 0: none
  ChooseNegatives choose_negatives;
};

struct ObjectiveLosses {
  torch::Tensor itc, itm, mlm;                  ///< [] float32; mlm is undefined without masked text
  torch::Tensor momentum_image, momentum_text;  ///< [B, E], to be enqueued after the optimiser's step
};

struct ComputeOptions {
  bool bf16 = false;   ///< autocast matrix products to bfloat16
  bool packed = true;  ///< drop padding from dense layers
};

/// As a device computes best; the precision is chosen beforehand (train/precision.h).
inline ComputeOptions compute_options(bool bf16, torch::Device device) {
  return {.bf16 = bf16, .packed = device.is_cpu()};
}

/// The momentum model must have been updated for this step; the queues are read and not changed.
ObjectiveLosses albef_objectives(Albef& model, const ObjectiveInput& input, const ComputeOptions& compute);

}  // namespace albef
