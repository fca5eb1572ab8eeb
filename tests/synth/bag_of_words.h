// What can be learned from words alone: a classifier that sees which words and which pairs of neighbours a sentence
// has.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace albef::synth {

struct Labelled {
  std::string sentence;
  std::string label;
};

/// Multinomial logistic regression, fitted by ten passes of gradient descent.
class BagOfWords {
 public:
  explicit BagOfWords(const std::vector<Labelled>& examples);

  double accuracy(const std::vector<Labelled>& examples) const;  ///< in percent

 private:
  std::vector<size_t> features(const std::string& sentence) const;  // rows of weights_; unknown words left out
  std::vector<double> probabilities(const std::vector<size_t>& features) const;  // of each label
  void fit(const std::vector<size_t>& features, size_t label, double rate);

  std::map<std::string, size_t> vocabulary_, labels_;
  std::vector<std::vector<double>> weights_;  // [feature][label]
};

}  // namespace albef::synth
