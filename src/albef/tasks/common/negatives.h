// Which wrong pairs image-text matching is shown (§3.2), and which may not be.
#pragma once
#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "albef/base/rng.h"
#include "albef/loss/itm.h"
#include "albef/tasks/common/step_keys.h"

namespace albef {

/// The negative image of each text and the negative text of each image.
struct NegativePairs {
  Negatives image, text;
};

/// From the similarities of itc_loss [B, >=B] and [B, B] bool of pairs that may not be chosen. Training draws; recorded
/// draws can be given instead.
using ChooseNegatives = std::function<NegativePairs(const torch::Tensor& logits_t2i, const torch::Tensor& logits_i2t,
                                                    const torch::Tensor& excluded)>;

/// What is drawn for a process's batch: keyed by seed, step and rank.
Rng batch_rng(const StepKeys& keys);

/// `hardest`: the most similar ones. Else drawn by sample_negatives() with its `sharpness`, keyed by seed, step and
/// rank.
ChooseNegatives negative_chooser(bool hardest, double sharpness, const StepKeys& keys);

/// The same as fine-tuning's settings name them: `sampled` (sharpness 1), `hardest` or `uniform` (sharpness 0).
ChooseNegatives negative_chooser(const std::string& how, const StepKeys& keys);

/// [B, B] bool: a pair itself, and with `same_image` all pairs of its image.
torch::Tensor excluded_pairs(const std::vector<int64_t>& image_ids, bool same_image, torch::Device device);

}  // namespace albef
