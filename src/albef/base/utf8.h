// Well-formedness of UTF-8, without ICU (which base does not have).
#pragma once
#include <cstddef>
#include <string_view>

namespace albef {

/// Bytes (1 to 4) of the well-formed character that starts at `at`, or 0 where none does (RFC 3629: no surrogates, no
/// overlong forms, nothing above U+10FFFF).
size_t utf8_length(std::string_view text, size_t at);

/// Index of the first byte that is not part of a well-formed character, or npos.
size_t utf8_error(std::string_view text);

}  // namespace albef
