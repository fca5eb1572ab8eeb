#include "albef/tasks/vqa/prior.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "albef/base/error.h"
#include "albef/data/record_fields.h"

namespace albef {
namespace {

/// How often each answer was given, in the order of first appearance.
class AnswerCounts {
 public:
  void add(const std::string& answer) {
    const auto [number, is_new] = numbers_.number(answer);
    if (is_new) counts_.emplace_back(answer, 0);
    ++counts_[number].second;
  }
  bool empty() const { return counts_.empty(); }
  std::string most_frequent() const {  // max_element takes the first of equals
    return std::max_element(counts_.begin(), counts_.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }

 private:
  Numbering numbers_;
  std::vector<std::pair<std::string, int64_t>> counts_;
};

}  // namespace

PriorAnswers::PriorAnswers(const QuestionList& list) {
  AnswerCounts of_all;
  std::map<std::string, AnswerCounts> by_type;
  for (const auto& example : list.examples) {
    for (const auto& answer : example.given) {
      of_all.add(answer);
      by_type[example.question_type].add(answer);
    }
  }
  if (of_all.empty()) fail(joined(list.files), ": no question has an answer; the most frequent ones cannot be counted");
  of_all_ = of_all.most_frequent();
  for (const auto& [type, counts] : by_type) by_type_[type] = counts.most_frequent();
}

const std::string& PriorAnswers::answer(const std::string& question_type) const {
  const auto found = by_type_.find(question_type);
  return found == by_type_.end() ? of_all_ : found->second;
}

}  // namespace albef
