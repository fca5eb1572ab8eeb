#include "albef/text/tokenizer.h"

#include <gtest/gtest.h>

#include <ctime>
#include <thread>

#include "albef/base/error.h"
#include "albef/text/clean.h"
#include "text_goldens.h"

namespace albef {
namespace {

using Tokens = std::vector<std::string>;
using Ids = std::vector<int64_t>;
constexpr std::string_view kSmall = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ndog\n##s\nrun\n##ning\n##n\n##ing\ne\n.\n";

Tokenizer small(const WordOptions& options = {}) {
  return Tokenizer(Vocabulary::from_text(kSmall, options));
}

void expect_goldens(const std::filesystem::path& folder, const std::string& name) {
  const Tokenizer tokenizer(Vocabulary::load(folder / ("vocab_" + name + ".txt")));
  const auto rows = read_lines_of_json(folder / ("text_" + name + ".jsonl"));
  ASSERT_GE(rows.size(), 100u);
  for (const auto& row : rows) {
    const auto text = row["text"].get<std::string>();
    EXPECT_EQ(tokenizer.tokenize(text), row["tokens"].get<Tokens>()) << text;
    EXPECT_EQ(tokenizer.encode(text), row["ids"].get<Ids>()) << text;
    EXPECT_EQ(tokenizer.encode(text, 25), row["ids_25"].get<Ids>()) << text;
    EXPECT_EQ(tokenizer.encode(pre_caption(text), 30), row["caption_ids_30"].get<Ids>()) << text;
  }
}

TEST(Tokenizer, EqualsTheAuthorsOnTheGoldens) {
  expect_goldens(own_goldens(), "tiny");
}

TEST(Tokenizer, EqualsTheAuthorsWithBertsVocabulary) {
  if (!std::filesystem::exists(shared_goldens() / "vocab_bert_base_uncased.txt")) {
    GTEST_SKIP() << "no BERT vocabulary in " << shared_goldens() << "; set ALBEF_SHARED";
  }
  expect_goldens(shared_goldens(), "bert_base_uncased");
}

TEST(Tokenizer, TakesTheLongestPieceFirst) {
  EXPECT_EQ(small().tokenize("Running dogs."), (Tokens{"run", "##ning", "dog", "##s", "."}));
}

TEST(Tokenizer, GivesUnknownForAWordThatCannotBeFinished) {
  EXPECT_EQ(small().tokenize("dogx dog"), (Tokens{"[UNK]", "dog"}));
}

TEST(Tokenizer, GivesUnknownForMoreThanAHundredCharacters) {
  const Tokenizer tokenizer(Vocabulary::from_text(std::string(kSmall) + "\xce\xb2\n##\xce\xb2\n"));
  std::string word;
  for (int i = 0; i < 100; ++i) word += "\xce\xb2";
  EXPECT_EQ(tokenizer.tokenize(word).size(), 100u);
  EXPECT_EQ(tokenizer.tokenize(word + "\xce\xb2"), Tokens{"[UNK]"});
}

TEST(Tokenizer, StartsWithClsAndDoesNotEndWithSep) {
  EXPECT_EQ(small().encode(""), Ids{2});
  EXPECT_EQ(small().encode("dogs[SEP]"), (Ids{2, 5, 6, 3}));
}

TEST(Tokenizer, CutsWithClsCounted) {
  EXPECT_EQ(small().encode("dogs dogs", 1), Ids{2});
  EXPECT_EQ(small().encode("dogs dogs", 2), (Ids{2, 5}));
  EXPECT_EQ(small().encode("dogs dogs", 9), (Ids{2, 5, 6, 5, 6}));
}

TEST(Tokenizer, ObeysTheVocabularysOptions) {
  EXPECT_EQ(small({.lower_case = false, .strip_accents = false}).tokenize("Dog dog"), (Tokens{"[UNK]", "dog"}));
  EXPECT_EQ(small({.lower_case = true, .strip_accents = false}).tokenize("\xc3\xa9"), Tokens{"[UNK]"});
  EXPECT_EQ(small().tokenize("\xc3\x89"), Tokens{"e"});
}

TEST(Tokenizer, DropsBrokenUtf8) {
  EXPECT_EQ(small().tokenize("do\xff\xe2\x82g\xf0\x9f\x92 dog\xed\xa0\x80s"), (Tokens{"dog", "dog", "##s"}));
}

TEST(Tokenizer, DecodesForReports) {
  const auto tokenizer = small();
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("running dogs")), "[CLS] running dogs");
  EXPECT_EQ(tokenizer.decode(Ids{6}), "##s");
  EXPECT_EQ(tokenizer.decode({}), "");
  EXPECT_THROW(tokenizer.decode(Ids{13}), Error);
  EXPECT_THROW(tokenizer.decode(Ids{-1}), Error);
}

TEST(Tokenizer, ServesSeveralThreads) {
  const auto tokenizer = small();
  const auto want = tokenizer.encode("Running d\xc3\xb6gs, running.");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) wrong[t] += tokenizer.encode("Running d\xc3\xb6gs, running.") != want;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Tokenizer, TakesAMegabyteOfAnythingInLinearTime) {
  constexpr size_t kBytes = 1 << 20;
  constexpr double kSeconds = 20;  // of processor time: 100 times what it takes; a quadratic step takes longer
  for (const std::string part : {"a", "dog ", "[", "[MASK]", ".", "\u0301", "e\u0316\u0301", "\u732b", "\xff",
                                 "\u302e\U0001d165", "\uac01", "\u0130", "\u09c7\u09be"}) {
    std::string text;
    while (text.size() < kBytes) text += part;
    for (const WordOptions options : {WordOptions{true, true}, {true, false}, {false, false}}) {
      const auto tokenizer = small(options);
      const auto start = std::clock();
      EXPECT_EQ(tokenizer.encode(text).front(), 2);
      EXPECT_LE(tokenizer.encode(text, 25).size(), 25u);
      EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, kSeconds) << part;
    }
  }
}

}  // namespace
}  // namespace albef
