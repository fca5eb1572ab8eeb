// Texts with words left out.
#pragma once
#include <string>
#include <vector>

#include "albef/text/tokenizer.h"

namespace albef {

struct MaskedText {
  std::vector<int64_t> ids;    ///< [CLS] first
  std::vector<size_t> places;  ///< in ids, ascending: the masks, or all that are to be masked one at a time

  /// The text with [MASK] at `place`.
  std::string shown(size_t place, const Tokenizer& tokenizer) const;
};

/// `text` as captions are cleaned (pre_caption), where [MASK], in any case, stands for one token. Without any, the
/// places are all words that are a single token, and all pieces of words where there is none. Error where no token is
/// left, or a [MASK] stands behind the `max_tokens` that are read.
MaskedText mask_text(const std::string& text, const Tokenizer& tokenizer, int64_t max_words, int64_t max_tokens);

}  // namespace albef
