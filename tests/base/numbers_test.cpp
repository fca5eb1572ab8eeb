#include "albef/base/numbers.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace albef {
namespace {

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  int64_t whole = 7;
  for (const char* text :
       {"", "+", "-", "+-3", "-+3", "++3", " 3", "3 ", "3x", "0x10", "1e2", "3.0", "9223372036854775808"})
    EXPECT_FALSE(parse_number(text, whole)) << text;
  EXPECT_EQ(whole, 7) << "what is no number changes nothing";
  for (const auto& [text, value] : {std::pair("12", 12), {"-12", -12}, {"+12", 12}, {"0012", 12}}) {
    EXPECT_TRUE(parse_number(text, whole)) << text;
    EXPECT_EQ(whole, value);
  }
  double number = 0;
  EXPECT_TRUE(parse_number("+1e-3", number));
  EXPECT_EQ(number, 1e-3);
  EXPECT_FALSE(parse_number("1e999", number));
  EXPECT_FALSE(parse_number("1,5", number));
}

}  // namespace
}  // namespace albef
