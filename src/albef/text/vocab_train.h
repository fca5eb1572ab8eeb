// A WordPiece vocabulary from the user's own captions: single characters first, then again and again the pair of
// neighbouring pieces that is seen most often becomes a piece (byte-pair merging; inner pieces carry ##).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "albef/text/vocabulary.h"

namespace albef {

struct VocabTrainOptions {
  int64_t size = 6000;        ///< V, special tokens included; fewer if the captions do not hold more pieces
  int64_t min_frequency = 2;  ///< characters and pieces that are seen less often are left out
  WordOptions words = {};     ///< kept with the vocabulary; for scripts that need their marks: strip_accents false
};

inline constexpr int64_t kMinVocabSize = static_cast<int64_t>(kSpecialTokens.size()) + 1;
inline constexpr int64_t kMaxVocabSize = int64_t{1} << 24;

/// The result depends on the captions as a multiset, not on their order or on the machine.
class VocabTrainer {
 public:
  /// Error if size is not in kMinVocabSize..kMaxVocabSize or min_frequency below 1.
  explicit VocabTrainer(const VocabTrainOptions& options);

  /// Counts the words of a caption, as cleaned as the model will see it. Special tokens in it count for nothing.
  void add(std::string_view caption);

  /// Special tokens first, then the characters that words are made of (each as x and as ##x), then merged pieces and
  /// characters that only stand alone, most frequent first. Where not all characters fit, the rarest are left out and
  /// words with them are [UNK]. Error if no word was added.
  Vocabulary train() const;

  int64_t words() const { return words_; }  ///< running words
  int64_t distinct_words() const { return static_cast<int64_t>(counts_.size()); }

 private:
  VocabTrainOptions options_;
  std::unordered_map<std::string, int64_t> counts_;
  int64_t words_ = 0;
};

Vocabulary train_vocabulary(const std::vector<std::string>& captions, const VocabTrainOptions& options = {});

}  // namespace albef
