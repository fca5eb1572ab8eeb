// Pretraining as the trainer sees it: data in, losses out, held-out recall.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "albef/data/annotations.h"
#include "albef/data/loader.h"
#include "albef/tasks/pretrain/settings.h"
#include "albef/tasks/pretrain/step.h"
#include "albef/train/task.h"

namespace albef {

LoaderOptions loader_options(const PretrainSettings& settings, bool train);
PictureOptions picture_options(const PretrainSettings& settings);

/// The vocabulary that the settings ask for: read, or trained on the captions of `list`. A run that goes on from
/// `checkpoint` takes that one's; Error naming both if the settings name, or the output folder holds, another. Kept in
/// the output folder. Sets vocab_size of the model where it is trained.
Vocabulary prepare_vocabulary(PretrainSettings& settings, const PairList& list,
                              const std::optional<std::filesystem::path>& checkpoint);

class PretrainTask : public Task {
 public:
  /// `resumes`: a checkpoint's weights will replace all; the files that `settings.init` names need not be there.
  PretrainTask(const PretrainSettings& settings, PairList list, Tokenizer tokenizer, torch::Device device,
               bool resumes = false);

  torch::nn::Module& module() override { return *model_; }
  int64_t steps_per_epoch() const override { return steps_per_epoch_; }
  void start(const RunPosition& position, const OrderedJson& counters) override;
  StepResult step(const RunPosition& position) override;
  void after_update() override;
  bool evaluates() const override { return val_list_.has_value(); }
  Metrics evaluate() override;
  std::map<std::string, torch::Tensor> weights() override { return model_weights(model_); }
  std::map<std::string, std::string> files() override { return vocabulary_files_; }
  OrderedJson data() override { return data_; }
  OrderedJson counters() override;

 private:
  Metrics held_out_losses();
  Metrics held_out_recall();

  PretrainSettings settings_;
  PairList list_;
  Tokenizer tokenizer_;
  torch::Device device_;
  Albef model_;
  DrawOptions draw_options_;
  PretrainStepOptions step_options_;
  Pictures pictures_;
  BadSamples bad_;
  int64_t steps_per_epoch_ = 0;
  std::map<std::string, std::string> vocabulary_files_;
  OrderedJson data_;
  std::optional<PairList> val_list_;
  std::optional<EvalList> val_eval_;
  QueueEntries new_entries_;        // of the step under way
  std::unique_ptr<Loader> loader_;  // last: its threads use the members above
};

/// `albef pretrain`: reads the data, makes the model, trains. Writes into settings.run.output_dir.
void pretrain(PretrainSettings settings);

}  // namespace albef
