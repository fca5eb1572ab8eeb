#include "albef/text/caption.h"

#include <gtest/gtest.h>

#include "albef/text/clean.h"

using namespace albef;

using Ids = std::vector<int64_t>;

static Tokenizer tokenizer(bool lower_case) {
  return Tokenizer(Vocabulary::from_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ndog\nDog\nruns\n##ning\nrun\n",
                                         {.lower_case = lower_case}));
}

TEST(CaptionEncoder, CleansThenTokenises) {
  const Tokenizer lower = tokenizer(true);
  const CaptionEncoder encoder{lower};
  EXPECT_EQ(encoder.encode("A Dog, running!"), (Ids{2, 5, 6, 10, 9}));
  EXPECT_EQ(encoder.encode("A Dog, running!"), lower.encode(pre_caption("A Dog, running!"), 25));
  EXPECT_EQ(encoder.encode("..."), Ids{2});
  EXPECT_EQ(encoder.encode(""), Ids{2});
}

TEST(CaptionEncoder, KeepsCaseWhereItsVocabularyDoes) {
  const Tokenizer cased = tokenizer(false);
  EXPECT_EQ(CaptionEncoder{cased}.encode("a Dog dog"), (Ids{2, 5, 7, 6}));
}

TEST(CaptionEncoder, CutsWordsAndTokens) {
  const Tokenizer lower = tokenizer(true);
  EXPECT_EQ((CaptionEncoder{lower, 2, 25}.encode("a dog runs")), (Ids{2, 5, 6}));
  EXPECT_EQ((CaptionEncoder{lower, 30, 3}.encode("a dog runs")), (Ids{2, 5, 6}));
}

TEST(QuestionEncoder, CleansAsQuestionsAre) {
  const Tokenizer lower = tokenizer(true);
  const QuestionEncoder encoder{lower};
  EXPECT_EQ(encoder.encode("A Dog, running?"), (Ids{2, 5, 6, 10, 9}));
  EXPECT_EQ(encoder.encode("?"), Ids{2});
  EXPECT_EQ((QuestionEncoder{lower, 3}.encode("a  dog runs")), (Ids{2, 5, 6}));    // an empty word counts,
  EXPECT_EQ((CaptionEncoder{lower, 3}.encode("a  dog runs")), (Ids{2, 5, 6, 8}));  // in a caption there is none
  const Tokenizer cased = tokenizer(false);
  EXPECT_EQ(QuestionEncoder{cased}.encode("a Dog dog"), (Ids{2, 5, 7, 6}));
}

TEST(QuestionEncoder, CutsWordsAndTokens) {
  const Tokenizer lower = tokenizer(true);
  EXPECT_EQ((QuestionEncoder{lower, 2, 25}.encode("a dog runs")), (Ids{2, 5, 6}));
  EXPECT_EQ((QuestionEncoder{lower, 30, 3}.encode("a dog runs")), (Ids{2, 5, 6}));
  std::string many;
  for (int i = 0; i < 60; ++i) many += "dog ";
  EXPECT_EQ((QuestionEncoder{lower, 30, 25}.encode(many)).size(), 25U);
  EXPECT_EQ((QuestionEncoder{lower, 50, 0}.encode(many)).size(), 51U);
}
