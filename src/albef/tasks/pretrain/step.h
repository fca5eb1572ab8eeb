// One step of pretraining (§3.2-3.3) from ids and pixels on the host to the three losses.
// Needs neither pictures nor a tokenizer, and is given what is random, so that the benchmark and the reference check
// take the very same step.
#pragma once
#include "albef/tasks/common/objectives.h"

namespace albef {

struct PretrainStepOptions {
  double alpha_itc = 0.4, alpha_mlm = 0.4;  ///< weights of the momentum model's pseudo-targets
  double alpha_scale = 1;                   ///< of both; grows from 0 as training begins
  double momentum = 0.995;                  ///< m of the momentum model
  bool exclude_same_image = false;          ///< other captions of an image are no negatives of it
  ComputeOptions compute = {};
};

/// What is random in a step.
struct PretrainDraws {
  MaskedTexts masked;
  ChooseNegatives negatives;
};

struct DrawOptions {
  MaskingOptions masking = {};
  bool hardest_negatives = false;  ///< the most similar pairs instead of drawn ones
};

/// As training draws; `sharpness` of the negatives is sample_negatives()'s.
PretrainDraws draw(const PairBatch& batch, const DrawOptions& options, double sharpness, const StepKeys& keys);

/// Clamps the temperature, updates the momentum model (in training), and computes ITC, ITM and MLM, on the model's
/// device. enqueue() the returned entries after the optimiser's step.
ObjectiveLosses pretrain_step(Albef& model, const PairBatch& batch, const PretrainDraws& draws,
                              const PretrainStepOptions& options);

}  // namespace albef
