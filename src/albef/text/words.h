// BERT's basic tokenisation: a text as words, before WordPiece cuts them up. Equal to transformers' BasicTokenizer.
#pragma once
#include <array>
#include <functional>
#include <string_view>

namespace albef {

/// How words are written in a vocabulary; kept with it.
struct WordOptions {
  bool lower_case = true;
  bool strip_accents = true;  ///< drops all marks (NFD, category Mn): Hindi and Thai need theirs
  bool operator==(const WordOptions&) const = default;
};

/// Kept whole where they stand in a text; every vocabulary has them.
inline constexpr std::array<std::string_view, 5> kSpecialTokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
bool is_special_token(std::string_view word);

/// Gives the words of `text` to `take`, in order, until it returns false. A word is a run of letters, digits and marks,
/// one punctuation mark, one Chinese character or a special token; control characters and broken UTF-8 are dropped.
/// Without strip_accents words are in normal form C. The view holds until `take` returns. Time is linear in the text.
void for_each_word(std::string_view text, const WordOptions& options,
                   const std::function<bool(std::string_view word)>& take);

/// Whether any word, and so any token, comes of `text`: none does of spaces, control and format characters (zero-width
/// ones, byte order mark, soft hyphen) and, with strip_accents, of marks alone. Reads no further than the first word.
bool has_words(std::string_view text, const WordOptions& options = {});

}  // namespace albef
