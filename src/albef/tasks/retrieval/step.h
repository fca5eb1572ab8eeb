// One step of fine-tuning for retrieval (paper §5): ITC and ITM, with the images' ids in both.
#pragma once
#include "albef/tasks/common/objectives.h"

namespace albef {

struct RetrievalStepOptions {
  double alpha = 0.4;       ///< weight of the momentum model's pseudo-targets; 0: no distillation
  double momentum = 0.995;  ///< m of the momentum model
  ComputeOptions compute = {};
};

/// Updates the momentum model (in training) and computes the two losses, on the model's device; the temperature is
/// clamped only where the model's options say so. All pairs of an image, of the batch and of the queue, match it, and
/// none is a negative of it. enqueue() the returned entries after the optimiser's step. Throws c10::Error if the model
/// has no id queue.
ObjectiveLosses retrieval_step(Albef& model, const PairBatch& batch, const ChooseNegatives& negatives,
                               const RetrievalStepOptions& options);

}  // namespace albef
