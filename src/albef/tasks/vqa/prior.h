// What one can answer without looking: a baseline that a model has to beat. Without LibTorch.
#pragma once
#include <map>
#include <string>

#include "albef/data/question_list.h"

namespace albef {

/// The most frequent answer to each type of question, every annotation counted as it stands in the file; of equally
/// frequent ones the one that was given first.
class PriorAnswers {
 public:
  explicit PriorAnswers(const QuestionList& list);  ///< Error if no question has an answer

  /// For a type that no answered question had, the most frequent answer of all.
  const std::string& answer(const std::string& question_type) const;

 private:
  std::map<std::string, std::string> by_type_;
  std::string of_all_;
};

}  // namespace albef
