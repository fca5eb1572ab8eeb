// Strings as pickles of protocol 0 and of Python 2 spell them.
#pragma once
#include <optional>
#include <string>

namespace albef {

/// `bytes` with U+FFFD for each byte that belongs to no well-formed character of UTF-8: Python 2 strings are bytes.
std::string mended_utf8(const std::string& bytes);

/// What repr() of a Python 2 string stands for, as mended UTF-8; none if it is not quoted or an escape is cut short.
std::optional<std::string> unquoted_string(const std::string& line);

/// What Python calls raw-unicode-escape: \u with four hexadecimal digits, \U with eight, other bytes as Latin-1. Halves
/// of a surrogate pair are joined, single ones become U+FFFD. None if an escape is cut short or beyond U+10FFFF.
std::optional<std::string> unescaped_unicode(const std::string& line);

}  // namespace albef
