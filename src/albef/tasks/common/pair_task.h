// What the tasks have in common that train ALBEF on pairs of pictures and captions: the data, and the model with its
// queues.
#pragma once
#include <optional>

#include "albef/tasks/common/objectives.h"
#include "albef/tasks/common/pair_data.h"
#include "albef/tasks/common/stream_task.h"

namespace albef {

/// The lists of the settings, and the tokenizer that goes with them.
struct PairData {
  Annotations list;
  Tokenizer tokenizer;
};

/// Reads train_file and prepares the vocabulary, whose size goes into the settings.
PairData read_pair_data(CommonSettings& settings, const Run& run, Communicator& ranks);

/// The same of pairs, for data_mark().
OrderedJson pair_mark(const Annotations& list);

/// Held-out pairs in both forms: as pairs, and as what retrieval ranks.
struct HeldOutPairs {
  PairSource pairs;
  EvalList list;
};

class PairTask : public StreamTask<PairSample, PairBatch> {
 public:
  torch::nn::Module& module() override { return *model_; }
  void after_update() override;
  bool evaluates() const override { return held_out_.has_value(); }

 protected:
  PairTask(const CommonSettings& settings, PairData data, const Run& run, Communicator& ranks);

  virtual ObjectiveLosses losses(const PairBatch& batch, const RunPosition& position) = 0;

  Albef model_;
  std::optional<HeldOutPairs> held_out_;

 private:
  StepResult forward(const PairBatch& batch, const RunPosition& position) override;
  StepResult without_samples() override;

  QueueEntries new_entries_;  // of the step under way
};

}  // namespace albef
