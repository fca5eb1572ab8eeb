#include "albef/base/error.h"

#include <cstdio>

#include "albef/base/utf8.h"

namespace albef {

std::string printable(const std::string& text, size_t limit) {
  std::string out;
  const auto escape = [&out](unsigned char byte) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, "\\x%02x", byte);
    out += buffer;
  };
  for (size_t i = 0; i < text.size();) {
    if (out.size() >= limit) return out + "...";
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t length = utf8_length(text, i);
    if (byte < 0x20 || byte == 0x7f || length == 0) {
      escape(byte);
      ++i;
    } else {
      out.append(text, i, length);
      i += length;
    }
  }
  return out;
}

}  // namespace albef
