// Pretraining as the trainer sees it: data in, losses out, held-out recall.
#pragma once
#include "albef/tasks/common/pair_task.h"
#include "albef/tasks/pretrain/settings.h"
#include "albef/tasks/pretrain/step.h"

namespace albef {

class PretrainTask : public PairTask {
 public:
  PretrainTask(const PretrainSettings& settings, PairData data, const Run& run, Communicator& ranks);
  std::string name() const override { return "pretrain"; }
  Metrics evaluate() override;

 protected:
  ObjectiveLosses losses(const PairBatch& batch, const RunPosition& position) override;

 private:
  Metrics held_out_losses();
  Metrics held_out_recall();

  int64_t alpha_ramp_steps_, negatives_ramp_steps_;
  DrawOptions draw_options_;
  PretrainStepOptions step_options_;
};

/// `albef pretrain`: reads the data, makes the model, trains. Writes into the output folder.
void pretrain(PretrainSettings settings, Communicator& ranks);

}  // namespace albef
