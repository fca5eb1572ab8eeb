// Fine-tuning for retrieval as the trainer sees it.
#pragma once
#include "albef/tasks/common/pair_task.h"
#include "albef/tasks/retrieval/settings.h"
#include "albef/tasks/retrieval/step.h"

namespace albef {

class RetrievalTask : public PairTask {
 public:
  RetrievalTask(const RetrievalSettings& settings, PairData data, const Run& run, Communicator& ranks);
  std::string name() const override { return "retrieval"; }
  Metrics evaluate() override;  ///< held-out recall of the ITC ranking and, behind `itm_`, of the re-ranking

 private:
  ObjectiveLosses losses(const PairBatch& batch, const RunPosition& position) override;

  RetrievalSettings own_;
};

}  // namespace albef
