// VQA v2's accuracy as the authors compute it (paper §5, appendix): an answer counts as far as people agree with it.
// Without LibTorch.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace albef {

/// The official preparation of a model's answer: line ends and tabs made spaces, without_punctuation(), lower case,
/// number words (none, zero, ..., ten) as digits, articles left out, apostrophes put into contractions ("dont"), single
/// spaces between the words.
std::string normalise_answer(std::string_view answer);

/// The official treatment of marks, all that a person's answer gets: each of ;/[]"{}()=+\_-><@`,?! is deleted if it
/// stands beside a space somewhere in the text or if the text has a comma between digits, and becomes a space
/// otherwise; then the first 32 periods that no digit follows are deleted.
std::string without_punctuation(std::string_view answer);

/// Accuracy of one answer in 0..1, `given` being what people answered, one or more. Each of them in turn is left out:
/// min(1, matches among the other n-1 / min(3, n-1)), and the mean of these, which with the official ten is the
/// official figure. The marks of `given` are treated only where not all are the same. A single one has no others: it is
/// prepared as `answer` is, and the accuracy is 1 if they are equal.
double question_accuracy(const std::vector<std::string>& given, std::string_view answer);

/// Means in percent with two decimals, as the official evaluation rounds them.
struct VqaAccuracy {
  int64_t questions = 0;
  double overall = 0;
  std::map<std::string, double> per_question_type = {}, per_answer_type = {};
};

/// 100 * share with two decimals, rounded as Python does. share in 0..1.
double rounded_percent(double share);

/// Gathers the accuracy of questions; sums are taken in the order in which they come.
class VqaAccuracyMeans {
 public:
  /// An empty type belongs to none.
  void add(const std::string& question_type, const std::string& answer_type, double accuracy);
  VqaAccuracy percent() const;  ///< all 0 if there was no question

 private:
  using Mean = std::pair<double, int64_t>;  // sum, count
  Mean overall_;
  std::map<std::string, Mean> per_question_type_, per_answer_type_;
};

}  // namespace albef
