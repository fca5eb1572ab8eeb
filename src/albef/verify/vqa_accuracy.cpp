// VQA's accuracy: of each question, over all, and by type, all equal to the last digit.
#include <unordered_map>

#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/tasks/vqa/accuracy.h"
#include "albef/verify/verify.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

torch::Tensor number(double value) {
  return torch::tensor(value, torch::kDouble);
}

/// All that the reference has, by name, and nothing else.
void compare_all(Summary& summary, const std::map<std::string, double>& ours, const Json& reference) {
  for (const auto& [name, value] : ours) {
    const auto found = reference.find(name);
    if (found == reference.end()) {
      summary.fail(name + " is not in the reference");
    } else {
      summary.add(compare(name, number(value), number(found->get<double>()), {0, 0}));
    }
  }
  for (const auto& [name, value] : reference.items()) {
    if (!ours.contains(name)) summary.fail(name + " is in the reference alone");
  }
}

}  // namespace

Checks verify_vqa_accuracy(const fs::path& file) {
  const Json golden = read_json(file);
  std::unordered_map<int64_t, std::string> answers;
  for (const Json& result : golden.at("results"))
    answers[result.at("question_id").get<int64_t>()] = result.at("answer").get<std::string>();

  VqaAccuracyMeans means;
  std::map<std::string, double> of_questions;
  for (const Json& question : golden.at("annotations")) {
    const auto id = question.at("question_id").get<int64_t>();
    std::vector<std::string> given;
    for (const Json& answer : question.at("answers")) given.push_back(answer.at("answer").get<std::string>());
    const double accuracy = question_accuracy(given, answers.at(id));
    of_questions[str(id)] = rounded_percent(accuracy);
    means.add(question.at("question_type").get<std::string>(), question.at("answer_type").get<std::string>(), accuracy);
  }

  const auto name = file.filename().string();
  Summary questions(name + " questions"), accuracy(name + " accuracy");
  compare_all(questions, of_questions, golden.at("per_question"));
  const auto ours = means.percent();
  const Json& reference = golden.at("accuracy");
  accuracy.add(compare("overall", number(ours.overall), number(reference.at("overall").get<double>()), {0, 0}));
  compare_all(accuracy, ours.per_question_type, reference.at("perQuestionType"));
  compare_all(accuracy, ours.per_answer_type, reference.at("perAnswerType"));
  return {questions.result(), accuracy.result()};
}

}  // namespace albef::verify
