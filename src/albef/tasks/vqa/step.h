// One step of fine-tuning for visual question answering (paper §5): the answers' tokens by the decoder, hard and, with
// distillation, softened by the momentum model.
#pragma once
#include <cstdint>
#include <vector>

#include "albef/model/compute.h"
#include "albef/model/vqa.h"

namespace albef {

/// B questions about a picture each, with N answers in all.
struct VqaBatch {
  torch::Tensor pixels;              ///< as PairBatch's, [B, ...]
  TextBatch questions;               ///< B, [CLS] first
  TextBatch answers;                 ///< N, [CLS] first, the end last
  std::vector<int64_t> question_of;  ///< [N] ascending
  std::vector<double> weights;       ///< [N]
};

struct VqaStepOptions {
  double alpha = 0.4;       ///< weight of the momentum model's pseudo-targets; 0: none are computed
  double momentum = 0.995;  ///< m of the momentum model
  ComputeOptions compute = {};
};

struct VqaLoss {
  torch::Tensor loss;            ///< [] float32, answer_loss()
  torch::Tensor token_accuracy;  ///< [] float32, share of the answers' tokens that are the likeliest ones
};

/// Updates the momentum model (in training, if there is one) and computes the loss, on the model's device. Throws
/// c10::Error if alpha is above 0 and there is no momentum model.
VqaLoss vqa_step(Vqa& model, const VqaBatch& batch, const VqaStepOptions& options);

}  // namespace albef
