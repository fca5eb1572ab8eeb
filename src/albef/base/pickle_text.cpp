#include "albef/base/pickle_text.h"

#include <cstdint>

#include "albef/base/utf8.h"

namespace albef {
namespace {

constexpr const char* kReplacement = "\xef\xbf\xbd";
constexpr uint32_t kReplacementCode = 0xfffd;

void append_utf8(std::string& text, uint32_t code) {
  const auto put = [&text](uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

/// The number that the `digits` characters from `at` on write to the base 16 or 8; none if they do not.
std::optional<uint32_t> number(const std::string& text, size_t at, size_t digits, uint32_t base) {
  if (at + digits > text.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 16;
    if (digit >= static_cast<int>(base)) return std::nullopt;
    value = value * base + static_cast<uint32_t>(digit);
  }
  return value;
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/// The byte that the escape after a backslash at `at` - 1 stands for; moves `at` behind it. None if it is cut short.
std::optional<std::string> unescaped(const std::string& text, size_t& at) {
  static const std::string letters = "abfnrtv", meanings = "\a\b\f\n\r\t\v";
  const char c = text[at++];
  if (c == '\\' || c == '\'' || c == '"') return std::string(1, c);
  if (const size_t found = letters.find(c); found != std::string::npos) return std::string(1, meanings[found]);
  if (c == 'x') {
    const auto byte = number(text, at, 2, 16);
    at += 2;
    return byte ? std::optional(std::string(1, static_cast<char>(*byte))) : std::nullopt;
  }
  if (is_octal(c)) {
    size_t digits = 1;
    while (digits < 3 && at + digits - 1 < text.size() && is_octal(text[at + digits - 1])) ++digits;
    const auto byte = number(text, at - 1, digits, 8);
    at += digits - 1;
    return std::string(1, static_cast<char>(*byte));
  }
  return std::string{'\\', c};
}

}  // namespace

std::string mended_utf8(const std::string& bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = utf8_length(bytes, at);
    if (length > 0) {
      text.append(bytes, at, length);
    } else {
      text += kReplacement;
    }
    at += length > 0 ? length : 1;
  }
  return text;
}

std::optional<std::string> unquoted_string(const std::string& line) {
  if (line.size() < 2 || (line[0] != '\'' && line[0] != '"') || line.back() != line[0]) return std::nullopt;
  const std::string inner = line.substr(1, line.size() - 2);
  std::string bytes;
  for (size_t at = 0; at < inner.size();) {
    const char c = inner[at++];
    if (c != '\\') {
      bytes += c;
      continue;
    }
    if (at == inner.size()) return std::nullopt;
    const auto meant = unescaped(inner, at);
    if (!meant) return std::nullopt;
    bytes += *meant;
  }
  return mended_utf8(bytes);
}

std::optional<std::string> unescaped_unicode(const std::string& line) {
  std::string text;
  uint32_t high = 0;  // first half of a surrogate pair, waiting for the second
  const auto put = [&](uint32_t code) {
    const bool is_low = code >= 0xdc00 && code < 0xe000;
    if (high && is_low) code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
    if (high && !is_low) append_utf8(text, kReplacementCode);
    high = code >= 0xd800 && code < 0xdc00 ? code : 0;
    if (!high) append_utf8(text, code >= 0xdc00 && code < 0xe000 ? kReplacementCode : code);
  };
  for (size_t at = 0; at < line.size();) {
    const char c = line[at++], next = at < line.size() ? line[at] : '\0';
    if (c == '\\' && (next == 'u' || next == 'U')) {
      const size_t digits = next == 'u' ? 4 : 8;
      const auto code = number(line, at + 1, digits, 16);
      if (!code || *code > 0x10ffff) return std::nullopt;
      put(*code);
      at += 1 + digits;
    } else {
      put(static_cast<unsigned char>(c));
      if (c == '\\' && next == '\\') put('\\'), ++at;  // the second one begins no escape
    }
  }
  if (high) append_utf8(text, kReplacementCode);
  return text;
}

}  // namespace albef
