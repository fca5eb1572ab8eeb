#include "bag_of_words.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

namespace albef::synth {
namespace {

constexpr int kPasses = 10;
constexpr double kRate = 0.1, kDecay = 1e-3;

std::set<std::string> words_and_pairs(const std::string& sentence) {
  std::set<std::string> found = {""};  // what all sentences have
  std::istringstream in(sentence);
  for (std::string before, word; in >> word; before = word) {
    found.insert(word);
    found.insert(before + " " + word);
  }
  return found;
}

}  // namespace

BagOfWords::BagOfWords(const std::vector<Labelled>& examples) {
  for (const Labelled& example : examples) {
    labels_.emplace(example.label, labels_.size());
    for (const std::string& name : words_and_pairs(example.sentence)) vocabulary_.emplace(name, vocabulary_.size());
  }
  weights_.assign(vocabulary_.size(), std::vector<double>(labels_.size(), 0));
  std::vector<std::vector<size_t>> all;
  for (const Labelled& example : examples) all.push_back(features(example.sentence));
  for (int pass = 0; pass < kPasses; ++pass) {
    for (size_t i = 0; i < examples.size(); ++i) fit(all[i], labels_.at(examples[i].label), kRate / (1 + pass / 3.0));
  }
}

double BagOfWords::accuracy(const std::vector<Labelled>& examples) const {
  size_t right = 0;
  for (const Labelled& example : examples) {
    const std::vector<double> all = probabilities(features(example.sentence));
    right += static_cast<size_t>(std::max_element(all.begin(), all.end()) - all.begin()) == labels_.at(example.label);
  }
  return 100.0 * static_cast<double>(right) / static_cast<double>(examples.size());
}

std::vector<size_t> BagOfWords::features(const std::string& sentence) const {
  std::vector<size_t> found;
  for (const std::string& name : words_and_pairs(sentence)) {
    const auto known = vocabulary_.find(name);
    if (known != vocabulary_.end()) found.push_back(known->second);
  }
  return found;
}

std::vector<double> BagOfWords::probabilities(const std::vector<size_t>& features) const {
  std::vector<double> all(labels_.size(), 0);
  for (size_t feature : features) {
    for (size_t label = 0; label < all.size(); ++label) all[label] += weights_[feature][label];
  }
  const double highest = *std::max_element(all.begin(), all.end());
  double sum = 0;
  for (double& value : all) sum += value = std::exp(value - highest);
  for (double& value : all) value /= sum;
  return all;
}

void BagOfWords::fit(const std::vector<size_t>& features, size_t label, double rate) {
  const std::vector<double> all = probabilities(features);
  for (size_t feature : features) {
    for (size_t i = 0; i < all.size(); ++i) {
      double& weight = weights_[feature][i];
      weight += rate * ((i == label ? 1.0 : 0.0) - all[i] - kDecay * weight);
    }
  }
}

}  // namespace albef::synth
