#include "albef/text/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace albef {
namespace {

using Words = std::vector<std::string>;
constexpr WordOptions kKeepAll{.lower_case = false, .strip_accents = false};
constexpr WordOptions kKeepMarks{.lower_case = true, .strip_accents = false};

Words words(std::string_view text, const WordOptions& options = {}) {
  Words out;
  for_each_word(text, options, [&](std::string_view word) {
    out.emplace_back(word);
    return true;
  });
  return out;
}

TEST(Words, SplitsAtSpacesAndPunctuation) {
  EXPECT_EQ(words("A man's T-shirt,\tred \xe2\x80\x9cx\xe2\x80\x9d"),
            (Words{"a", "man", "'", "s", "t", "-", "shirt", ",", "red", "\xe2\x80\x9c", "x", "\xe2\x80\x9d"}));
}

TEST(Words, DropsControlCharactersWithoutSplitting) {
  using namespace std::string_view_literals;
  EXPECT_EQ(words("nu\0ll be\x07ll so\u00adft zero\u200bwidth \ue000"sv), (Words{"null", "bell", "soft", "zerowidth"}));
}

TEST(Words, TreatsLineAndParagraphSeparatorsAsSpaces) {
  EXPECT_EQ(words("a\xe2\x80\xa8"
                  "b\xe2\x80\xa9"
                  "c\xc2\xa0"
                  "d"),
            (Words{"a", "b", "c", "d"}));
}

TEST(Words, SetsChineseCharactersApart) {
  EXPECT_EQ(words("\xe7\x8c\xab\xe7\x8b\x97"
                  "dog"),
            (Words{"\xe7\x8c\xab", "\xe7\x8b\x97", "dog"}));
}

TEST(Words, StripsAccentsWhetherComposedOrNot) {
  EXPECT_EQ(words("Élève e\xcc\x81t\xc3\xa9 \xcc\x81"), (Words{"eleve", "ete"}));
}

TEST(Words, FindsThePunctuationThatDecompositionBrings) {
  EXPECT_EQ(words("a\xe1\xbf\xaf"
                  "b c\xcd\xbe"),
            (Words{"a", "`", "b", "c", ";"}));  // U+1FEF is `, U+037E is ;
}

TEST(Words, KeepsMarksInFormCWhereAsked) {
  const std::string hindi = "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80";
  EXPECT_EQ(words(hindi, kKeepMarks), Words{hindi});
  EXPECT_NE(words(hindi), Words{hindi});
  EXPECT_EQ(words("Cafe\xcc\x81", kKeepMarks), Words{"caf\xc3\xa9"});
  EXPECT_EQ(words("Cafe\xcc\x81", kKeepAll), Words{"Caf\xc3\xa9"});
}

TEST(Words, KeepsSpecialTokensWholeBeforeLowering) {
  EXPECT_EQ(words("2 Dogs[SEP]x[MASK]"), (Words{"2", "dogs", "[SEP]", "x", "[MASK]"}));
  EXPECT_EQ(words("[[CLS]] [sep]"), (Words{"[", "[CLS]", "]", "[", "sep", "]"}));
}

TEST(Words, KeepsASpecialTokenThatCleaningMadeOnlyWithItsCapitals) {
  EXPECT_EQ(words("a [M\x07"
                  "ASK]. [M\x07"
                  "ASK] b",
                  kKeepAll),
            (Words{"a", "[", "MASK", "]", ".", "[MASK]", "b"}));
  EXPECT_EQ(words("[M\x07"
                  "ASK]"),
            (Words{"[", "mask", "]"}));
}

TEST(Words, StopsWhenTheCallerHasEnough) {
  for (const std::string text : {"a b c d", "\xc3\xa9 b c d", "a,b", "[SEP][SEP][SEP]"}) {
    int taken = 0;
    for_each_word(text, {}, [&](std::string_view) { return ++taken < 2; });
    EXPECT_EQ(taken, 2) << text;
  }
}

TEST(HasWords, IsFalseOfWhatShowsNothing) {
  for (const std::string text : {"", " \t\n", "\x01\x7f", "\xc2\xa0", "\xe2\x80\x8b\xe2\x80\x8d", "\xef\xbb\xbf",
                                 "\xc2\xad", "\xef\xb8\x8f", "\xcc\x81", "\xff", "\xef\xbf\xbd"}) {
    EXPECT_FALSE(has_words(text)) << text;
    EXPECT_TRUE(has_words(text + "a")) << text;
  }
  for (const std::string text : {".", "\xf0\x9f\x98\x80", "\xe7\x8a\xac", "[MASK]", "\xc3\xa9"})
    EXPECT_TRUE(has_words(text));
  EXPECT_TRUE(has_words("\xcc\x81", kKeepMarks));  // a vocabulary that keeps marks has a token for it
}

TEST(Words, OrdersMarksByTheirClassInAnyNumber) {
  // U+302E (class 224) and U+1D165 (class 216) are no accents: both stay, and the lower class goes first.
  const std::string high = "\xe3\x80\xae", low = "\xf0\x9d\x85\xa5";
  EXPECT_EQ(words("x" + high + low), Words{"x" + low + high});
  std::string many = "x", highs, lows;
  for (int i = 0; i < 100000; ++i) many += high + low, highs += high, lows += low;
  EXPECT_TRUE(words(many) == Words{"x" + lows + highs});
  EXPECT_TRUE(words(many, kKeepMarks) == Words{"x" + lows + highs});
}

}  // namespace
}  // namespace albef
