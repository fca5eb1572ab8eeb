// Fine-tuning for visual question answering (paper §5) as the trainer sees it.
#pragma once
#include <optional>

#include "albef/tasks/common/stream_task.h"
#include "albef/tasks/vqa/data.h"
#include "albef/tasks/vqa/model.h"

namespace albef {

/// The training list of the settings, and the tokenizer that goes with it.
struct VqaData {
  QuestionList list;
  Tokenizer tokenizer;
};

/// Reads train_file and prepares the vocabulary, whose size goes into the settings. Error for a record that cannot be
/// used, or a picture that is not there.
VqaData read_vqa_data(VqaSettings& settings, const Run& run, Communicator& ranks);

/// How evaluation reads questions: more words than training, and all their tokens that have a position.
QuestionEncoder test_questions(const VqaSettings& settings, const Tokenizer& tokenizer);

class VqaTask : public StreamTask<VqaSample, VqaBatch> {
 public:
  VqaTask(const VqaSettings& settings, VqaData data, const Run& run, Communicator& ranks);
  std::string name() const override { return "vqa"; }
  torch::nn::Module& module() override { return *model_; }
  bool evaluates() const override { return held_out_.has_value(); }
  Metrics evaluate() override;  ///< accuracy on the held-out questions, answers chosen from the list

 private:
  struct HeldOut {
    QuestionList questions;
    AnswerList answers;
  };

  StepResult forward(const VqaBatch& batch, const RunPosition& position) override;
  StepResult without_samples() override;

  VqaSettings own_;
  AnswerEncoder answer_encoder_;
  Vqa model_;
  std::optional<HeldOut> held_out_;
};

/// `albef train vqa`: reads the data, makes the model, trains. Writes into the output folder.
void train_vqa(VqaSettings settings, Communicator& ranks);

}  // namespace albef
