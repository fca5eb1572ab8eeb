// Fine-tuning for grounding as the trainer sees it: retrieval's step on phrases, no boxes (paper §5: weakly
// supervised).
#pragma once
#include "albef/tasks/common/pair_task.h"
#include "albef/tasks/grounding/eval.h"
#include "albef/tasks/grounding/settings.h"

namespace albef {

class GroundingTask : public PairTask {
 public:
  GroundingTask(const GroundingSettings& settings, PairData data, const Run& run, Communicator& ranks);
  std::string name() const override { return "grounding"; }
  bool evaluates() const override { return phrases_.has_value(); }
  Metrics evaluate() override;  ///< percent of the phrases of val_file, `accuracy` and `pointing`

 private:
  struct HeldOutPhrases {
    LabelledList list;
    GroundingTruth truth;
  };

  ObjectiveLosses losses(const PairBatch& batch, const RunPosition& position) override;
  HeldOutPhrases read_phrases() const;

  GroundingSettings own_;
  CaptionEncoder encoder_;
  std::optional<HeldOutPhrases> phrases_;
};

/// `albef train grounding`: reads the data, makes the model, trains. Writes into the output folder.
void train_grounding(GroundingSettings settings, Communicator& ranks);

}  // namespace albef
