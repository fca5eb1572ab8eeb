// What the tasks have in common that train ALBEF on pairs of pictures and captions: the data, and the model with its
// queues.
#pragma once
#include <memory>

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

/// Those of val_file, whose mark goes into `data`; none without. The pictures are looked at. Error for what cannot be
/// used. `tokenizer` and `pictures`, which reads from `store`, must outlive them.
std::unique_ptr<HeldOutPairs> read_held_out_pairs(const CommonSettings& settings, const Tokenizer& tokenizer,
                                                  Pictures& pictures, const std::shared_ptr<PictureStore>& store,
                                                  BadSamples& bad, OrderedJson& data, Communicator& ranks);

class PairTask : public StreamTask<PairSample, PairBatch> {
 public:
  torch::nn::Module& module() override { return *model_; }
  void after_update() override;
  bool evaluates() const override { return held_out_ != nullptr; }

 protected:
  PairTask(const CommonSettings& settings, PairData data, const Run& run, Communicator& ranks);

  virtual ObjectiveLosses losses(const PairBatch& batch, const RunPosition& position) = 0;

  void hold_out_pairs();  ///< reads val_file: for the constructor of a task that is scored by such pairs

  Albef model_;
  std::unique_ptr<HeldOutPairs> held_out_;

 private:
  StepResult forward(const PairBatch& batch, const RunPosition& position) override;
  StepResult without_samples() override;

  QueueEntries new_entries_;  // of the step under way
};

}  // namespace albef
