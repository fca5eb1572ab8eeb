// ALBEF's objectives over one batch (§3.2-3.3): ITC, ITM and, where there is masked text, MLM. Pretraining, retrieval
// and grounding call the same function; they differ in the matches, the excluded negatives and in having masked text.
//
// Work is done once: plain and masked texts pass the text encoder together; each fusion layer projects an image's keys
// and values once for the four texts that look at it; the true pairs, the two kinds of negatives and the masked texts
// are one batch of the multimodal encoder, whose last layer computes only the tokens that a head reads.
#pragma once
#include "albef/model/albef.h"
#include "albef/model/compute.h"
#include "albef/tasks/common/masking.h"
#include "albef/tasks/common/negatives.h"
#include "albef/train/task.h"

namespace albef {

struct ObjectiveInput {
  torch::Tensor pixels;  ///< [B, 3, R, R] normalised float32
  const TextBatch& texts;
  const MaskedTexts* masked = nullptr;      ///< the same texts; none: no MLM
  torch::Tensor matches;                    ///< [B, B+Q], see itc.h
  torch::Tensor excluded;                   ///< [B, B] bool, see itm.h
  double alpha_itc = 0.4, alpha_mlm = 0.4;  ///< weights of the momentum model's pseudo-targets; 0: none
  ChooseNegatives choose_negatives;
};

struct ObjectiveLosses {
  torch::Tensor itc, itm, mlm;  ///< [] float32; mlm is undefined without masked text
  QueueEntries entries;         ///< momentum features [B, E], to be enqueued after the optimiser's step
};

/// The momentum model must have been updated for this step; the queues are read and not changed.
ObjectiveLosses albef_objectives(Albef& model, const ObjectiveInput& input, const ComputeOptions& compute);

/// For the trainer: the sum, and what is logged. How many pairs there were is left to the caller.
StepResult step_result(Albef& model, const ObjectiveLosses& losses);

}  // namespace albef
