// What the tasks have in common that train ALBEF on pairs of pictures and captions: the data, the model with its
// queues, and all that the trainer asks beside a step's losses and the scores on held-out data.
#pragma once
#include <optional>

#include "albef/tasks/common/objectives.h"
#include "albef/tasks/common/pair_data.h"
#include "albef/tasks/common/run.h"
#include "albef/tasks/common/training_stream.h"

namespace albef {

/// The lists of the settings, and the tokenizer that goes with them.
struct PairData {
  Annotations list;
  Tokenizer tokenizer;
};

/// Reads train_file and prepares the vocabulary, whose size goes into the settings.
PairData read_pair_data(CommonSettings& settings, const Run& run, Communicator& ranks);

class PairTask : public Task {
 public:
  torch::nn::Module& module() override { return *model_; }
  int64_t steps_per_epoch() const override { return stream_.steps_per_epoch(); }
  void start(const RunPosition& position, const OrderedJson& counters) override { stream_.start(position, counters); }
  StepResult step(const RunPosition& position) override;
  void after_update() override;
  bool evaluates() const override { return held_out_.has_value(); }
  OrderedJson data() override { return data_; }
  OrderedJson counters() override { return stream_.counters(); }
  std::map<std::string, torch::Tensor> weights() override { return model_weights(model_); }
  std::map<std::string, std::string> files() override { return vocabulary_files_; }

 protected:
  /// Held-out data in both forms: as pairs, and as what retrieval ranks.
  struct HeldOut {
    PairSource pairs;
    EvalList list;
  };

  PairTask(const CommonSettings& settings, PairData data, const Run& run, Communicator& ranks);

  virtual ObjectiveLosses losses(const PairBatch& batch, const RunPosition& position) = 0;
  StepKeys keys(const RunPosition& position) const;

  CommonSettings settings_;
  Communicator& ranks_;
  torch::Device device_;
  ComputeOptions compute_;
  Tokenizer tokenizer_;
  Albef model_;
  Pictures pictures_;
  BadSamples bad_;
  std::optional<HeldOut> held_out_;

 private:
  OrderedJson data_;
  std::map<std::string, std::string> vocabulary_files_;
  QueueEntries new_entries_;  // of the step under way
  PairSource pairs_;
  TrainingStream<PairSample, PairBatch> stream_;  // last: its threads use the members above
};

}  // namespace albef
