// Pretraining as the trainer sees it: data in, losses out, held-out recall.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "albef/data/annotations.h"
#include "albef/data/loader.h"
#include "albef/tasks/common/run.h"
#include "albef/tasks/pretrain/settings.h"
#include "albef/tasks/pretrain/step.h"
#include "albef/train/task.h"

namespace albef {

LoaderOptions loader_options(const CommonSettings& settings, bool train);
PictureOptions picture_options(const DataSettings& settings);

class PretrainTask : public Task {
 public:
  PretrainTask(const PretrainSettings& settings, PairList list, Tokenizer tokenizer, const Run& run,
               Communicator& ranks);

  torch::nn::Module& module() override { return *model_; }
  int64_t steps_per_epoch() const override { return steps_per_epoch_; }
  void start(const RunPosition& position, const OrderedJson& counters) override;
  StepResult step(const RunPosition& position) override;
  void after_update() override;
  bool evaluates() const override { return val_pairs_.has_value(); }
  Metrics evaluate() override;
  std::map<std::string, torch::Tensor> weights() override { return model_weights(model_); }
  std::map<std::string, std::string> files() override { return vocabulary_files_; }
  OrderedJson data() override { return data_; }
  OrderedJson counters() override;

 private:
  Metrics held_out_losses();
  Metrics held_out_recall();
  Ramps ramps(int64_t step) const;

  PretrainSettings settings_;
  Communicator& ranks_;
  PairList list_;
  Tokenizer tokenizer_;
  torch::Device device_;
  Albef model_;
  PretrainStepOptions step_options_;
  Pictures pictures_;
  PairSource pairs_;
  BadSamples bad_;
  std::map<std::string, std::string> vocabulary_files_;
  int64_t steps_per_epoch_ = 0;
  OrderedJson data_;
  std::optional<PairSource> val_pairs_;
  std::optional<EvalList> val_eval_;
  torch::Tensor new_image_features_, new_text_features_;  // of the step under way, for the queues
  std::unique_ptr<PairLoader> loader_;                    // last: its threads use the members above
};

/// `albef pretrain`: reads the data, makes the model, trains. Writes into the output folder.
void pretrain(PretrainSettings settings, Communicator& ranks);

}  // namespace albef
