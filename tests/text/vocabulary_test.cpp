#include "albef/text/vocabulary.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

const std::string kSpecial = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

/// A folder of this test's own, gone with it.
class VocabularyFiles : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / ("albef_vocabulary_" + name + "_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

std::string message(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Vocabulary, NumbersLinesFromZero) {
  const auto vocabulary = Vocabulary::from_text(kSpecial + "dog\n##s");
  EXPECT_EQ(vocabulary.size(), 7);
  EXPECT_EQ(vocabulary.id("##s"), 6);
  EXPECT_EQ(vocabulary.token(5), "dog");
  EXPECT_EQ(vocabulary.id("cat"), std::nullopt);
  EXPECT_EQ(vocabulary.pad(), 0);
  EXPECT_EQ(vocabulary.unk(), 1);
  EXPECT_EQ(vocabulary.cls(), 2);
  EXPECT_EQ(vocabulary.sep(), 3);
  EXPECT_EQ(vocabulary.mask(), 4);
}

TEST(Vocabulary, ReadsEveryLineEndAndAByteOrderMark) {
  const auto vocabulary = Vocabulary::from_text("\xef\xbb\xbf[PAD]\r\n[UNK]\r[CLS]\n[SEP]\r\n[MASK]\r\n\r\ndog\r\n");
  EXPECT_EQ(vocabulary.size(), 7);
  EXPECT_EQ(vocabulary.id("[PAD]"), 0);
  EXPECT_EQ(vocabulary.id(""), 5);
  EXPECT_EQ(vocabulary.id("dog"), 6);
}

TEST(Vocabulary, GivesADoubleTheLastLine) {
  const auto vocabulary = Vocabulary::from_text(kSpecial + "dog\ncat\ndog\n");
  EXPECT_EQ(vocabulary.size(), 8);
  EXPECT_EQ(vocabulary.id("dog"), 7);
  EXPECT_EQ(vocabulary.token(5), "dog");
}

TEST(Vocabulary, NamesEverySpecialTokenThatIsMissing) {
  const auto text = message([] { Vocabulary::from_text("[PAD]\n[UNK]\n[CLS]\ndog\n", {}, "mine.txt"); });
  EXPECT_NE(text.find("mine.txt"), std::string::npos) << text;
  EXPECT_NE(text.find("[SEP] [MASK]"), std::string::npos) << text;
  EXPECT_EQ(text.find("[CLS]"), std::string::npos) << text;
  EXPECT_THROW(Vocabulary::from_text(""), Error);
}

TEST(Vocabulary, NamesTheLineThatIsNotUtf8) {
  const auto text = message([] { Vocabulary::from_text(kSpecial + "dog\n\xff\xfe\n", {}, "mine.txt"); });
  EXPECT_NE(text.find("mine.txt:7:"), std::string::npos) << text;
}

TEST(Vocabulary, RefusesAnIdThatIsNotThere) {
  const auto vocabulary = Vocabulary::from_text(kSpecial);
  EXPECT_THROW(vocabulary.token(5), Error);
  EXPECT_THROW(vocabulary.token(-1), Error);
}

TEST(Vocabulary, SurvivesBeingCopiedAndMoved) {
  auto first = std::make_unique<Vocabulary>(Vocabulary::from_text(kSpecial + "dog\n"));
  const Vocabulary copy = *first;
  const Vocabulary moved = std::move(*first);
  first.reset();
  EXPECT_EQ(copy.id("dog"), 5);
  EXPECT_EQ(moved.token(*moved.id("dog")), "dog");
}

TEST_F(VocabularyFiles, KeepTokensAndOptions) {
  const WordOptions options{.lower_case = true, .strip_accents = false};
  const auto vocabulary = Vocabulary::from_text(kSpecial + "dog\n\ndog\n \n", options);
  vocabulary.save(folder_ / "new" / "folder");
  EXPECT_EQ(Vocabulary::load(folder_ / "new" / "folder"), vocabulary);
  EXPECT_EQ(Vocabulary::load(folder_ / "new" / "folder" / "vocab.txt").options(), options);
}

TEST_F(VocabularyFiles, DefaultToUncased) {
  write_atomically(folder_ / "vocab.txt", kSpecial);
  EXPECT_EQ(Vocabulary::load(folder_).options(), (WordOptions{true, true}));
}

TEST_F(VocabularyFiles, TakeNullAccentsFromTheCaseAsHuggingFaceDoes) {
  write_atomically(folder_ / "vocab.txt", kSpecial);
  write_atomically(folder_ / "tokenizer_config.json", R"({"do_lower_case": false, "strip_accents": null, "x": [1]})");
  EXPECT_EQ(Vocabulary::load(folder_).options(), (WordOptions{false, false}));
}

TEST_F(VocabularyFiles, AreRefusedWithAReasonWhereTheyAreWrong) {
  EXPECT_NE(message([&] { Vocabulary::load(folder_); }).find("no such file"), std::string::npos);
  write_atomically(folder_ / "vocab.txt", kSpecial);
  for (const std::string config : {"", "{", "[]", R"({"do_lower_case": "yes"})", R"({"strip_accents": 1})"}) {
    write_atomically(folder_ / "tokenizer_config.json", config);
    EXPECT_NE(message([&] { Vocabulary::load(folder_); }).find("tokenizer_config.json"), std::string::npos) << config;
  }
}

}  // namespace
}  // namespace albef
