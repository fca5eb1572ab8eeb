// One step of fine-tuning a classifier (paper §5: visual entailment, NLVR2): cross-entropy of hard labels and, with
// distillation, of the momentum model's soft ones.
#pragma once
#include "albef/model/classifier.h"
#include "albef/model/compute.h"
#include "albef/tasks/common/labelled_batch.h"

namespace albef {

struct ClassifierStepOptions {
  double alpha = 0.4;       ///< weight of the momentum model's pseudo-targets; 0: none are computed
  double momentum = 0.995;  ///< m of the momentum model
  ComputeOptions compute = {};
};

struct ClassifierLoss {
  torch::Tensor loss;      ///< [] float32: (1-α)·CE + α·H(q, p), mean over B
  torch::Tensor accuracy;  ///< [] float32, share of the batch that is right
};

/// Updates the momentum model (in training, if there is one) and computes the loss, on the model's device. Throws
/// c10::Error if alpha is above 0 and there is no momentum model.
ClassifierLoss classifier_step(Classifier& model, const LabelledBatch& batch, const ClassifierStepOptions& options);

}  // namespace albef
