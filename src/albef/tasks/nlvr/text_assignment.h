// Text assignment (paper §5), the pretraining of NLVR2's doubled layers: to which of two pictures does a text belong,
// or to neither?
#pragma once
#include <functional>
#include <memory>

#include "albef/model/compute.h"
#include "albef/model/text_assigner.h"
#include "albef/tasks/common/pair_task.h"
#include "albef/tasks/nlvr/settings.h"

namespace albef {

/// Which pictures of the batch each text is shown, and what is right.
struct Assignments {
  torch::Tensor first, second;  ///< [B] int64
  torch::Tensor targets;        ///< [B] int64: 0 the first is its own, 1 the second, 2 neither
};

/// Draws for each text, a third of the time each: its own picture and another one, the two the other way round, or two
/// others. Others are drawn with the probabilities softmax(similarity), the own picture left out, and in a pair of
/// others without replacement; in a batch of two there is no such pair, and each order has a half. `similarity` [B, B]
/// of the pictures, divided by the temperature already; B at least 2.
Assignments draw_assignments(const torch::Tensor& similarity, const StepKeys& keys);

using ChooseAssignments = std::function<Assignments(const torch::Tensor& similarity)>;

struct AssignmentLoss {
  torch::Tensor loss;      ///< [] float32: mean cross-entropy over B
  torch::Tensor accuracy;  ///< [] float32, share of the texts that are right
};

/// On the model's device. Throws c10::Error for a batch of less than two pairs.
AssignmentLoss text_assignment_step(TextAssigner& model, const PairBatch& batch, const ChooseAssignments& choose,
                                    const ComputeOptions& compute);

/// Of the settings' sizes; its layers are doubled.
TextAssignerOptions text_assigner_options(const ModelSettings& settings);

class TextAssignmentTask : public StreamTask<PairSample, PairBatch> {
 public:
  TextAssignmentTask(const TextAssignmentSettings& settings, PairData data, const Run& run, Communicator& ranks);
  std::string name() const override { return "pretrain nlvr"; }
  torch::nn::Module& module() override { return *model_; }
  bool evaluates() const override { return held_out_ != nullptr; }
  Metrics evaluate() override;  ///< held-out loss and accuracy in percent, with the same draws each time

 private:
  StepResult forward(const PairBatch& batch, const RunPosition& position) override;

  TextAssigner model_;
  std::unique_ptr<HeldOutPairs> held_out_;
};

/// `albef pretrain nlvr`: reads the data, makes the model, trains. Writes into the output folder.
void pretrain_nlvr(TextAssignmentSettings settings, Communicator& ranks);

}  // namespace albef
