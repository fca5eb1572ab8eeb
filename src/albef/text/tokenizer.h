// Text to token ids: BERT's basic tokenisation, then WordPiece, equal to transformers' BertTokenizer but for the end:
// a text is [CLS] tokens, without [SEP], as ALBEF's weights expect it.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "albef/text/vocabulary.h"

namespace albef {

/// Const after construction: threads may share one.
class Tokenizer {
 public:
  explicit Tokenizer(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}

  /// The tokens alone. Special tokens that stand in the text, "2 dogs[SEP]", are kept; a word that cannot be put
  /// together from the vocabulary or is longer than 100 characters is [UNK]. Never fails: broken UTF-8 is dropped.
  std::vector<std::string> tokenize(std::string_view text) const;

  /// [CLS] and the tokens' ids; with max_tokens > 0 cut to that many, [CLS] included.
  std::vector<int64_t> encode(std::string_view text, size_t max_tokens = 0) const;

  /// For reports: tokens joined by spaces, ##continuations to what they continue. Error for an id not in the
  /// vocabulary.
  std::string decode(std::span<const int64_t> ids) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  void append_pieces(std::string_view word, std::vector<int64_t>& ids) const;

  Vocabulary vocabulary_;
};

}  // namespace albef
