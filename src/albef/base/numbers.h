// Numbers as people write them in settings and on the command line.
#pragma once
#include <charconv>
#include <string_view>

namespace albef {

/// Whether all of `text` is a decimal number that T holds, with at most one sign before it; `value` is set only then.
/// "nan" and "inf" are numbers of a floating-point T: whoever wants none has to check.
template <class T>
bool parse_number(std::string_view text, T& value) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  T read = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (error != std::errc() || stop != text.data() + text.size()) return false;
  value = read;
  return true;
}

}  // namespace albef
