// Fine-tuning a classifier as the trainer sees it: what visual entailment and NLVR2 have in common.
#pragma once
#include <optional>

#include "albef/tasks/common/classifier_model.h"
#include "albef/tasks/common/classify.h"
#include "albef/tasks/common/distillation.h"
#include "albef/tasks/common/labelled_data.h"
#include "albef/tasks/common/stream_task.h"

namespace albef {

/// The training list of the settings, and the tokenizer that goes with it.
struct LabelledData {
  LabelledList list;
  Tokenizer tokenizer;
};

/// Reads train_file and prepares the vocabulary, whose size goes into the settings. Error for a record that cannot be
/// used, or a picture that is not there.
LabelledData read_labelled_data(CommonSettings& settings, const LabelledFormat& format, const Run& run,
                                Communicator& ranks);

struct ClassifierTaskOptions {
  ClassifierKind kind;
  DistillSettings distillation;
  InitRules init;
  int64_t batch_size_test = 64;
  bool evaluate_momentum = false;  ///< held-out scores are the momentum model's
};

class ClassifierTask : public StreamTask<LabelledSample, LabelledBatch> {
 public:
  ClassifierTask(const CommonSettings& settings, const ClassifierTaskOptions& options, LabelledData data,
                 const Run& run, Communicator& ranks);
  std::string name() const override { return options_.kind.task; }
  torch::nn::Module& module() override { return *model_; }
  bool evaluates() const override { return held_out_.has_value(); }
  Metrics evaluate() override;

 protected:
  /// Of the held-out list; here the accuracy.
  virtual Metrics scores(const LabelledList& list, const Answers& answers) const;

 private:
  StepResult forward(const LabelledBatch& batch, const RunPosition& position) override;
  StepResult without_samples() override;

  ClassifierTaskOptions options_;
  CaptionEncoder encoder_;
  Classifier model_;
  std::optional<LabelledList> held_out_;
};

}  // namespace albef
