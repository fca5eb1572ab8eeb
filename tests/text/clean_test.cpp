#include "albef/text/clean.h"

#include <gtest/gtest.h>

#include "albef/base/utf8.h"
#include "text_goldens.h"

namespace albef {
namespace {

TEST(Clean, EqualsTheAuthorsOnTheGoldens) {
  const auto rows = read_lines_of_json(own_goldens() / "text_tiny.jsonl");
  ASSERT_EQ(rows.size(), 250u);
  for (const auto& row : rows) {
    const auto text = row["text"].get<std::string>();
    EXPECT_EQ(pre_caption(text), row["pre_caption"].get<std::string>()) << text;
    EXPECT_EQ(pre_caption(text, 5), row["pre_caption_5"].get<std::string>()) << text;
    EXPECT_EQ(pre_question(text, 50), row["pre_question"].get<std::string>()) << text;
  }
}

TEST(PreCaption, CollapsesRunsOfWhiteSpaceButKeepsASingleTab) {
  EXPECT_EQ(pre_caption("  a\t\tdog \n runs\ton \xc2\xa0\xe3\x80\x80grass "), "a dog runs\ton grass");
}

TEST(PreCaption, StripsNewlinesThenSpacesButNotANewlineInFront) {
  EXPECT_EQ(pre_caption("\na dog\n"), "\na dog");
  EXPECT_EQ(pre_caption("a dog \n"), "a dog");
  EXPECT_EQ(pre_caption("\n"), "");
}

TEST(PreCaption, UnmasksPersonsAfterTheDeletions) {
  EXPECT_EQ(pre_caption("<PERSON> and <per.son>"), "person and person");
}

TEST(PreQuestion, CountsEmptyWordsAndKeepsPersons) {
  EXPECT_EQ(pre_question("is  <person> here - now?", 4), "is  <person> here");
  EXPECT_EQ(pre_question("what? ", 30), "what");
}

TEST(Clean, LowersAsPythonDoes) {
  EXPECT_EQ(pre_caption("ΟΔΟΣ ΣΑΣ Σ"), "οδος σας σ");                  // a final sigma ends a word of several letters
  EXPECT_EQ(pre_caption("ΟΔΟΣ\xcc\x81Α ΑΣ'"), "οδοσ\xcc\x81α ας");     // marks and apostrophes do not end a word
  EXPECT_EQ(pre_caption("\xc4\xb0stanbul"), "i\xcc\x87stanbul");       // U+0130 is two characters in lower case
  EXPECT_EQ(pre_caption("STRASSE \xe1\xba\x9e"), "strasse \xc3\x9f");  // U+1E9E
}

TEST(Clean, KeepsCaseForVocabulariesThatKeepIt) {
  EXPECT_EQ(pre_caption("A Dog, here", 30, /*lower_case=*/false), "A Dog here");
  EXPECT_EQ(pre_question("Is It?", 30, /*lower_case=*/false), "Is It");
}

TEST(Clean, ZeroWordsAreNone) {
  EXPECT_EQ(pre_caption("a dog", 0), "");
  EXPECT_EQ(pre_question("", 0), "");
}

TEST(Clean, ReplacesBrokenUtf8AsPythonDoes) {
  // A cut-off sequence is one U+FFFD, a byte that starts nothing one each.
  EXPECT_EQ(pre_caption("a\xe2\x82 b\xff\xfe\xc0\x80 c\xf0\x9f"), "a\ufffd b\ufffd\ufffd\ufffd\ufffd c\ufffd");
  std::string hostile;
  for (int i = 0; i < 70000; ++i) hostile += static_cast<char>(i * 37 + i / 251);
  for (const auto& text :
       {pre_caption(hostile, 100000), pre_question(hostile, 100000), pre_caption(hostile, 9, false)}) {
    EXPECT_EQ(utf8_error(text), std::string_view::npos);
  }
}

TEST(Clean, TakesAMegabyteOfAnything) {
  constexpr size_t kBytes = 1 << 20;
  for (const std::string part : {" ", "a", "<person>", "-", "\n", "\xce\xa3", "\xce\xa3'", "\xcc\x81", "\xff"}) {
    std::string text;
    while (text.size() < kBytes) text += part;
    EXPECT_LE(pre_caption(text).size(), 3 * kBytes + 3);
    EXPECT_LE(pre_question(text).size(), 3 * kBytes + 3);
  }
}

}  // namespace
}  // namespace albef
