#include "albef/text/vocab_train.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/text/tokenizer.h"

namespace albef {
namespace {

using Texts = std::vector<std::string>;
using Tokens = std::vector<std::string>;

Texts repeated(const Texts& texts, int times) {
  Texts out;
  for (int i = 0; i < times; ++i) out.insert(out.end(), texts.begin(), texts.end());
  return out;
}

/// Words of random syllables: many pieces to find, all the same for the same seed.
Texts made_up_captions(size_t count) {
  const Texts syllables = {"ka", "to", "mi", "ren", "sho", "la", "vu", "pe", "dri", "an"};
  Rng rng(Purpose::kSynthetic, {5});
  Texts captions(count);
  for (auto& caption : captions) {
    for (int word = 0; word < 8; ++word) {
      for (auto n = 1 + rng.below(3); n > 0; --n) caption += syllables[rng.below(syllables.size())];
      caption += ' ';
    }
  }
  return captions;
}

TEST(VocabTrain, MergesTheMostFrequentPairsFirst) {
  // ##u ##g is seen 10 times; then u ##g, b ##ug and h ##ug tie, and the piece that came first goes first.
  const auto texts = repeated({"hug bug ug"}, 5);
  EXPECT_EQ(train_vocabulary(texts, {.size = 16}).text(),
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ng\n##g\nu\n##u\nb\n##b\nh\n##h\n##ug\nug\nbug\n");
  EXPECT_EQ(train_vocabulary(texts, {.size = 100}).size(), 17);  // and "hug": there is no more to merge
}

TEST(VocabTrain, MakesWholeWordsOfFrequentOnesAndPiecesOfRareOnes) {
  auto texts = repeated({"dog", "dog runs", "cat"}, 10);
  texts.push_back("dogcat");
  const Tokenizer tokenizer(train_vocabulary(texts, {.size = 60}));
  EXPECT_EQ(tokenizer.tokenize("dog runs cat"), (Tokens{"dog", "runs", "cat"}));
  EXPECT_EQ(tokenizer.tokenize("dogcat").front(), "dog");
  EXPECT_EQ(std::ranges::count(tokenizer.tokenize("tac"), "[UNK]"), 0);  // every character has both forms
}

TEST(VocabTrain, DoesNotDependOnTheOrderOfTheCaptions) {
  auto texts = made_up_captions(300);
  const auto first = train_vocabulary(texts, {.size = 300});
  EXPECT_EQ(first.size(), 300);
  std::reverse(texts.begin(), texts.end());
  EXPECT_EQ(train_vocabulary(texts, {.size = 300}).text(), first.text());
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(train_vocabulary(texts, {.size = 300}).text(), first.text());
}

// Recounts all pairs before each merge: slow, but so simple that it is seen to be right.
TEST(VocabTrain, EqualsAPlainRecountAtEveryMerge) {
  const auto texts = made_up_captions(200);
  const auto vocabulary = train_vocabulary(texts, {.size = 200});
  std::map<std::string, int64_t> ids;
  for (int64_t id = 0; id < vocabulary.size(); ++id) ids[vocabulary.token(id)] = id;
  std::map<std::vector<int64_t>, int64_t> words;
  for (const auto& text : texts) {
    for_each_word(text, {}, [&](std::string_view word) {
      std::vector<int64_t> pieces;
      for (const char c : word) pieces.push_back(ids.at((pieces.empty() ? "" : "##") + std::string(1, c)));
      ++words[pieces];
      return true;
    });
  }
  int64_t made = std::ranges::max(words | std::views::keys | std::views::join) + 1;
  while (made < vocabulary.size()) {
    std::map<std::pair<int64_t, int64_t>, int64_t> pairs;
    for (const auto& [pieces, count] : words) {
      for (size_t i = 0; i + 1 < pieces.size(); ++i) pairs[{pieces[i], pieces[i + 1]}] += count;
    }
    const auto best = std::ranges::max_element(pairs, {}, [](const auto& entry) { return entry.second; });
    const auto [left, right] = best->first;
    const auto piece = vocabulary.token(left) + vocabulary.token(right).substr(2);
    ASSERT_TRUE(ids.contains(piece)) << piece;
    ASSERT_LE(ids[piece], made) << piece;
    made += ids[piece] == made;
    std::map<std::vector<int64_t>, int64_t> merged;
    for (const auto& [pieces, count] : words) {
      std::vector<int64_t> now;
      for (size_t i = 0; i < pieces.size(); ++i) {
        const bool here = i + 1 < pieces.size() && pieces[i] == left && pieces[i + 1] == right;
        now.push_back(here ? ids[piece] : pieces[i]);
        i += here;
      }
      merged[now] += count;
    }
    words = std::move(merged);
  }
}

TEST(VocabTrain, LeavesOutWhatIsRare) {
  const auto vocabulary = train_vocabulary({"aa aa", "aa xy"}, {.size = 100, .min_frequency = 2});
  EXPECT_EQ(vocabulary.text(), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\naa\n");
  EXPECT_TRUE(train_vocabulary({"aa aa", "aa xy"}, {.size = 100, .min_frequency = 1}).id("xy"));
}

TEST(VocabTrain, LetsLoneCharactersCompeteWithMerges) {
  // Chinese characters and punctuation stand alone: no ## form is spent on them.
  const auto texts = repeated({"\xe7\x8c\xab\xe7\x8b\x97 \xe7\x8c\xab , ab"}, 3);
  const auto vocabulary = train_vocabulary(texts, {.size = 13});
  EXPECT_EQ(vocabulary.text(),
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\n\xe7\x8c\xab\n,\n\xe7\x8b\x97\nab\n");
}

TEST(VocabTrain, KeepsTheMarksOfScriptsThatNeedThem) {
  const std::string hindi = "\xe0\xa4\x95\xe0\xa5\x81\xe0\xa4\xa4\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa4\xbe";  // dog
  const std::string thai = "\xe0\xb8\xaa\xe0\xb8\xb8\xe0\xb8\x99\xe0\xb8\xb1\xe0\xb8\x82";               // dog
  const WordOptions keep{.lower_case = true, .strip_accents = false};
  const Tokenizer tokenizer(train_vocabulary(repeated({hindi, thai}, 4), {.size = 100, .words = keep}));
  EXPECT_EQ(tokenizer.tokenize(hindi + " " + thai), (Tokens{hindi, thai}));
}

TEST(VocabTrain, IgnoresSpecialTokensAndWordsTooLongToBeUsed) {
  const auto vocabulary = train_vocabulary(repeated({"[MASK] ab " + std::string(101, 'z')}, 9), {.size = 100});
  EXPECT_EQ(vocabulary.text(), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\nab\n");
}

TEST(VocabTrain, HoldsTheSizeWhenNotAllCharactersFit) {
  const auto vocabulary = train_vocabulary(made_up_captions(50), {.size = 12});
  EXPECT_LE(vocabulary.size(), 12);
  EXPECT_EQ(Tokenizer(vocabulary).tokenize("renshola"), Tokens{"[UNK]"});
}

TEST(VocabTrain, RefusesSenselessSettingsAndNoWords) {
  EXPECT_THROW(train_vocabulary({"a"}, {.size = 5}), Error);
  EXPECT_THROW(train_vocabulary({"a"}, {.size = -1}), Error);
  EXPECT_THROW(train_vocabulary({"a"}, {.size = kMaxVocabSize + 1}), Error);
  EXPECT_THROW(train_vocabulary({"a"}, {.min_frequency = 0}), Error);
  EXPECT_THROW(train_vocabulary({}, {}), Error);
  EXPECT_THROW(train_vocabulary({"", " \xff"}, {}), Error);
  EXPECT_THROW(train_vocabulary({"\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xc2\xad", "\xef\xb8\x8f\xcc\x81"}, {}),
               Error);
}

}  // namespace
}  // namespace albef
