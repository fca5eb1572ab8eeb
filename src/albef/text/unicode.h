// What Unicode says of characters, as Python 3.11 (Unicode 14), on which the reference ids were made, says it:
// characters that later versions added count as unassigned, so a text has the same ids whatever the version of ICU.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace albef::unicode {

/// The character at `at`, which is moved behind it. A broken sequence gives U+FFFD and is passed over up to its first
/// byte that does not fit (Python's errors="replace"). at < text.size().
char32_t next(std::string_view text, size_t& at);

/// Appends `c` in UTF-8; what is no character (a surrogate) becomes U+FFFD.
void append(std::string& out, char32_t c);

/// `text` with U+FFFD for what is broken.
std::string well_formed(std::string_view text);

bool is_ascii(std::string_view text);
bool is_space(char32_t c);        ///< Python's str.isspace(), str.split() and the regular expression \s
bool is_digit(char32_t c);        ///< category Nd: Python's str.isdecimal() and the regular expression \d
bool is_control(char32_t c);      ///< category C: control, format, private use, surrogate, unassigned
bool is_punctuation(char32_t c);  ///< as BERT has it: category P and every ASCII character but letters, digits, space
bool is_accent(char32_t c);       ///< category Mn
bool is_cjk(char32_t c);          ///< in the blocks that BERT takes for Chinese characters

/// Appends the lower case of `c` on its own: two characters for U+0130, one otherwise.
void append_lower(std::u32string& out, char32_t c);

/// Python's str.lower(): as append_lower, but a capital sigma at the end of a word becomes the final one. The result is
/// well-formed whatever `text` is.
std::string lower(std::string_view text);

/// Normal forms D and C. Time is n log n for any text (ICU's own are quadratic in a run of combining marks).
std::u32string nfd(std::u32string_view text);
std::u32string nfc(std::u32string_view text);

}  // namespace albef::unicode
