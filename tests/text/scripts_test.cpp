#include "albef/text/scripts.h"

#include <gtest/gtest.h>

using namespace albef;

TEST(ScriptOf, IsThatOfMostLetters) {
  EXPECT_EQ(script_of("Two dogs, 17!"), "Latin");
  EXPECT_EQ(script_of("Две собаки run"), "Cyrillic");
  EXPECT_EQ(script_of("दो कुत्ते"), "Devanagari");
  EXPECT_EQ(script_of("สุนัขสองตัว"), "Thai");
  EXPECT_EQ(script_of("كلبان"), "Arabic");
}

TEST(ScriptOf, TellsTheWritingsOfEastAsiaApart) {
  EXPECT_EQ(script_of("两只狗在跑"), "Han");
  EXPECT_EQ(script_of("二匹の犬が走る"), "Japanese");  // four Chinese characters, four kana
  EXPECT_EQ(script_of("東京都庁舎の写真"), "Japanese");
  EXPECT_EQ(script_of("カメラ"), "Japanese");
  EXPECT_EQ(script_of("두 마리의 개"), "Korean");
  EXPECT_EQ(script_of("大韓民國 만세"), "Korean");
}

TEST(ScriptOf, IsNoneWithoutLetters) {
  EXPECT_EQ(script_of(""), "none");
  EXPECT_EQ(script_of("12 + 7 = 19 🐕 …"), "none");
  EXPECT_EQ(script_of("\xff\xfe"), "none");
}

TEST(ScriptOf, TakesTheFirstOfEquallyMany) {
  EXPECT_EQ(script_of("ab гд"), "Latin");
  EXPECT_EQ(script_of("гд ab"), "Cyrillic");
}
