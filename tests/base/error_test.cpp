#include "albef/base/error.h"

#include <gtest/gtest.h>

namespace albef {
namespace {

TEST(Fail, PutsItsPartsTogether) {
  try {
    fail("line ", 3, ": ", 0.5, " is too small");
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "line 3: 0.5 is too small");
  }
}

TEST(Printable, LeavesTextInAnyScriptAsItIs) {
  const std::string text = "caf\xc3\xa9 \xe7\x8a\xac \xf0\x9f\x90\x95";
  EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesControlCharactersAndBrokenUtf8) {
  EXPECT_EQ(printable("a\nb\t\x1b[31m\x7f"), "a\\x0ab\\x09\\x1b[31m\\x7f");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xc3(\xff"), "\\xc3(\\xff");
}

TEST(Printable, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(printable(std::string(100, 'x'), 10), "xxxxxxxxxx...");
  EXPECT_EQ(printable("\xc3\xa9\xc3\xa9\xc3\xa9", 3), "\xc3\xa9\xc3\xa9...");
  EXPECT_EQ(printable("0123456789", 10), "0123456789");
}

}  // namespace
}  // namespace albef
