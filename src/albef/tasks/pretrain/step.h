// One step of pretraining (§3.2-3.3) from ids and pixels on the host to the sum of the three losses.
// Needs neither pictures nor a tokenizer, so that the benchmark and the reference check call the very same code.
#pragma once
#include "albef/base/rng.h"
#include "albef/loss/mlm.h"
#include "albef/train/task.h"

namespace albef {

struct PretrainStepOptions {
  double alpha_itc = 0.4, alpha_mlm = 0.4;
  bool hardest_negatives = false, exclude_same_image = false;
  MaskingOptions masking;
  ComputeOptions compute;
};

/// Chooses and masks tokens of every text, keyed by (seed, epoch, sample).
MaskedTexts mask_texts(const PairBatch& batch, const MaskingOptions& options, uint64_t seed, uint64_t epoch);

/// ITM negatives by the options; `sampled` draws are keyed by (seed, step), their `sharpness` is sample_negatives()'s.
ChooseNegatives negative_chooser(bool hardest, double sharpness, uint64_t seed, uint64_t step);

/// [B, B] bool: a pair itself, and with `same_image` all pairs of its image.
torch::Tensor excluded_pairs(const std::vector<int64_t>& image_ids, bool same_image, torch::Device device);

/// What grows from 0 to 1 as training begins.
struct Ramps {
  double alpha = 1;      ///< scales both alphas
  double negatives = 1;  ///< sharpness of sampled negatives
};

/// Clamps the temperature, updates the momentum model, and computes ITC + ITM + MLM. enqueue() the returned features
/// after the optimiser's step.
ObjectiveLosses pretrain_step(Albef& model, const PairBatch& batch, const PretrainStepOptions& options,
                              const Ramps& ramps, uint64_t seed, uint64_t epoch, uint64_t step, torch::Device device);

/// For the trainer: the sum, and what is logged.
StepResult step_result(Albef& model, const ObjectiveLosses& losses, int64_t pairs, double data_wait);

}  // namespace albef
