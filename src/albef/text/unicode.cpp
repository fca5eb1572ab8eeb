#include "albef/text/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "albef/base/error.h"

namespace albef::unicode {
namespace {

constexpr int kVersion = 14;
constexpr char32_t kCapitalDottedI = 0x130;
constexpr char32_t kCapitalSigma = 0x3a3;
constexpr char32_t kFinalSigma = 0x3c2;

UChar32 code(char32_t c) {
  return static_cast<UChar32>(c);
}

bool assigned(char32_t c) {
  UVersionInfo age;
  u_charAge(code(c), age);
  return age[0] > 0 && age[0] <= kVersion;
}

/// The general category's bit (U_GC_..._MASK).
uint32_t category(char32_t c) {
  return assigned(c) ? U_MASK(u_charType(code(c))) : U_GC_CN_MASK;
}

bool is_cased(char32_t c) {
  return assigned(c) && u_hasBinaryProperty(code(c), UCHAR_CASED);
}

bool is_case_ignorable(char32_t c) {
  return assigned(c) && u_hasBinaryProperty(code(c), UCHAR_CASE_IGNORABLE);
}

/// Whether the first character from `at` on, in steps of `step`, that has a say in case (no accent, no apostrophe) is
/// cased.
bool cased_from(const std::u32string& text, ptrdiff_t at, ptrdiff_t step) {
  const auto size = static_cast<ptrdiff_t>(text.size());
  while (at >= 0 && at < size && is_case_ignorable(text[static_cast<size_t>(at)])) at += step;
  return at >= 0 && at < size && is_cased(text[static_cast<size_t>(at)]);
}

const icu::Normalizer2& nfc_rules() {
  UErrorCode status = U_ZERO_ERROR;
  const auto* rules = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) fail("ICU has no normalisation data (", u_errorName(status), "); install its data library");
  return *rules;
}

}  // namespace

char32_t next(std::string_view text, size_t& at) {
  // U8_NEXT works on 32-bit indices: hand it the at most four bytes that it can use.
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data()) + at;
  const auto left = static_cast<int32_t>(std::min<size_t>(text.size() - at, 4));
  int32_t used = 0;
  UChar32 c;
  U8_NEXT_OR_FFFD(bytes, used, left, c);
  at += static_cast<size_t>(used);
  return static_cast<char32_t>(c);
}

void append(std::string& out, char32_t c) {
  if (c >= 0xd800 && (c < 0xe000 || c > 0x10ffff)) c = 0xfffd;
  const auto part = [&](char32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) {
    part(c);
  } else if (c < 0x800) {
    part(0xc0 | c >> 6);
    part(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    part(0xe0 | c >> 12);
    part(0x80 | (c >> 6 & 0x3f));
    part(0x80 | (c & 0x3f));
  } else {
    part(0xf0 | c >> 18);
    part(0x80 | (c >> 12 & 0x3f));
    part(0x80 | (c >> 6 & 0x3f));
    part(0x80 | (c & 0x3f));
  }
}

std::string well_formed(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) append(out, next(text, at));
  return out;
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x1f);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_digit(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return (category(c) & U_GC_ND_MASK) != 0;
}

bool is_control(char32_t c) {
  if (c < 0x80) return c < 0x20 || c == 0x7f;
  return (category(c) & U_GC_C_MASK) != 0;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return c > 0x20 && c < 0x7f && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  return (category(c) & U_GC_P_MASK) != 0;
}

bool is_accent(char32_t c) {
  return c >= 0x300 && (category(c) & U_GC_MN_MASK) != 0;
}

bool is_cjk(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) ||
         (c >= 0x2a700 && c <= 0x2ceaf) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

void append_lower(std::u32string& out, char32_t c) {
  if (c < 0x80) {
    out += c >= 'A' && c <= 'Z' ? c | 0x20 : c;
  } else if (c == kCapitalDottedI) {
    out += U"i\u0307";
  } else {
    out += assigned(c) ? static_cast<char32_t>(u_tolower(code(c))) : c;
  }
}

std::string lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  if (is_ascii(text)) {
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return out;
  }
  std::u32string characters, low;
  for (size_t at = 0; at < text.size();) characters += next(text, at);
  for (size_t i = 0; i < characters.size(); ++i) {
    const auto at = static_cast<ptrdiff_t>(i);
    if (characters[i] == kCapitalSigma && cased_from(characters, at - 1, -1) && !cased_from(characters, at + 1, 1)) {
      low += kFinalSigma;
    } else {
      append_lower(low, characters[i]);
    }
  }
  for (const char32_t c : low) append(out, c);
  return out;
}

std::u32string nfd(std::u32string_view text) {
  const auto& rules = nfc_rules();  // its decompositions are the canonical ones
  std::u32string out;
  icu::UnicodeString parts;
  for (const char32_t c : text) {
    if (c < 0xc0 || !assigned(c) || !rules.getDecomposition(code(c), parts)) {
      out += c;
      continue;
    }
    for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1))
      out += static_cast<char32_t>(parts.char32At(i));
  }
  const auto rank = [](char32_t c) { return c < 0x300 ? 0 : assigned(c) ? u_getCombiningClass(code(c)) : 0; };
  for (auto first = out.begin(); first != out.end();) {
    first = std::find_if(first, out.end(), [&](char32_t c) { return rank(c) != 0; });
    const auto last = std::find_if(first, out.end(), [&](char32_t c) { return rank(c) == 0; });
    std::stable_sort(first, last, [&](char32_t a, char32_t b) { return rank(a) < rank(b); });
    first = last;
  }
  return out;
}

std::u32string nfc(std::u32string_view text) {
  const auto ordered = nfd(text);
  if (ordered.size() > size_t{1} << 29) fail("a word of ", text.size(), " characters is too long to be normalised");
  const auto* utf32 = reinterpret_cast<const UChar32*>(ordered.data());
  const auto source = icu::UnicodeString::fromUTF32(utf32, static_cast<int32_t>(ordered.size()));
  UErrorCode status = U_ZERO_ERROR;
  const auto composed = nfc_rules().normalize(source, status);
  if (U_FAILURE(status))
    fail("ICU cannot normalise a text of ", text.size(), " characters (", u_errorName(status), ")");
  std::u32string out;
  for (int32_t i = 0; i < composed.length(); i = composed.moveIndex32(i, 1)) {
    out += static_cast<char32_t>(composed.char32At(i));
  }
  return out;
}

}  // namespace albef::unicode
