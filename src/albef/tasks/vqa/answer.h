// A VQA model's answers to a list of questions: chosen from a list of answers, or written freely.
#pragma once
#include <string>
#include <vector>

#include "albef/data/pictures.h"
#include "albef/data/question_list.h"
#include "albef/model/compute.h"
#include "albef/model/vqa.h"
#include "albef/tasks/vqa/data.h"
#include "albef/tasks/vqa/generate.h"
#include "albef/tasks/vqa/rank.h"
#include "albef/text/caption.h"

namespace albef {

struct AnsweringOptions {
  int64_t batch_size = 16;  ///< questions at once
  int64_t loader_threads = 2;
  ComputeOptions compute = {};
  RankOptions rank;          ///< where there is a list
  GenerateOptions generate;  ///< where there is none; tokens are filled in
  int64_t kept = 5;          ///< answers a question
};

struct PossibleAnswer {
  std::string text;
  double score = 0;        ///< RankedAnswers::scores, or WrittenAnswer::score
  double probability = 0;  ///< among the candidates of a list; of written answers 0
};

/// The kept answers to each question, best first. `parts`: model->online or ->momentum, whose module must be in eval
/// mode. `answers`: null to write freely. A picture that several questions in a row are about is encoded once. Error
/// naming a picture that cannot be read.
std::vector<std::vector<PossibleAnswer>> answer_questions(VqaParts& parts, const QuestionList& list,
                                                          const QuestionEncoder& encoder, const AnswerList* answers,
                                                          int64_t end, Pictures& pictures,
                                                          const AnsweringOptions& options, torch::Device device);

}  // namespace albef
