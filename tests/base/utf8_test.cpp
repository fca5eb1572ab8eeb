#include "albef/base/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace albef {
namespace {

// The bytes that the bit layout of `length` bytes gives, well-formed or not.
std::string encoded(uint32_t code, int length) {
  static const unsigned char kLead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  if (length == 1) return {static_cast<char>(code)};
  std::string bytes;
  for (int i = length - 1; i > 0; --i)
    bytes.insert(bytes.begin(), static_cast<char>(0x80 | ((code >> (6 * (length - 1 - i))) & 0x3f)));
  bytes.insert(bytes.begin(), static_cast<char>(kLead[length] | (code >> (6 * (length - 1)))));
  return bytes;
}

int shortest(uint32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

TEST(Utf8, AcceptsEveryCodePointInItsShortestFormAndNoSurrogate) {
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    const int length = shortest(code);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    ASSERT_EQ(utf8_length(encoded(code, length), 0), surrogate ? 0U : static_cast<size_t>(length)) << std::hex << code;
  }
}

TEST(Utf8, RefusesOverlongFormsAndWhatLiesAboveUnicode) {
  for (const uint32_t code : {0x00U, 0x2fU, 0x7fU, 0x7ffU, 0xffffU}) {
    for (int length = shortest(code) + 1; length <= 4; ++length)
      EXPECT_EQ(utf8_length(encoded(code, length), 0), 0U) << std::hex << code;
  }
  EXPECT_EQ(utf8_length(encoded(0x110000, 4), 0), 0U);
  EXPECT_EQ(utf8_length("\xf8\x88\x80\x80\x80", 0), 0U);
  EXPECT_EQ(utf8_length("\xff", 0), 0U);
}

TEST(Utf8, RefusesCharactersCutShort) {
  for (const uint32_t code : {0xe9U, 0x20acU, 0x1f600U}) {
    std::string bytes = encoded(code, shortest(code));
    bytes.pop_back();
    EXPECT_EQ(utf8_length(bytes, 0), 0U);
    EXPECT_EQ(utf8_length(bytes + "a", 0), 0U);
  }
}

TEST(Utf8, NamesTheFirstBadByte) {
  EXPECT_EQ(utf8_error(""), std::string_view::npos);
  EXPECT_EQ(utf8_error("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80"), std::string_view::npos);
  EXPECT_EQ(utf8_error("na\xc3\xafve \x80"), 7U);
  EXPECT_EQ(utf8_error("ab\xe2\x82"), 2U);
}

}  // namespace
}  // namespace albef
