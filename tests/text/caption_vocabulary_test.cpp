#include "albef/text/caption_vocabulary.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

const std::vector<std::string> kCaptions = {"A red star!", "a red ring", "the ring (red)"};

TEST(CaptionVocabulary, IsOfCleanedCaptionsAndTellsHowItWritesThem) {
  const auto made = make_caption_vocabulary(kCaptions, {.size = 1000, .min_frequency = 1});
  EXPECT_EQ(made.captions, 3);
  EXPECT_EQ(made.words, 9);
  EXPECT_EQ(made.distinct_words, 5);  // a red star ring the: the marks are gone
  EXPECT_EQ(made.unknown_share, 0);
  EXPECT_EQ(made.tokens_per_word, 1);
  EXPECT_TRUE(made.vocabulary.id("ring").has_value());
  const auto small = make_caption_vocabulary(kCaptions, {.size = 12, .min_frequency = 1});
  EXPECT_GT(small.unknown_share, 0);
  EXPECT_LE(small.unknown_share, 1);
  EXPECT_THROW(make_caption_vocabulary({"?!"}, {}), Error);
}

TEST(CaptionVocabulary, NeverReplacesAnother) {
  const TemporaryFolder folder;
  const auto first = make_caption_vocabulary(kCaptions, {.size = 1000, .min_frequency = 1}).vocabulary;
  const auto second = make_caption_vocabulary({"blue"}, {.size = 1000, .min_frequency = 1}).vocabulary;
  save_beside_no_other(first, folder / "vocab");
  save_beside_no_other(first, folder / "vocab");
  EXPECT_NE(complaint<Error>([&] { save_beside_no_other(second, folder / "vocab"); }).find("holds another vocabulary"),
            std::string::npos);
  EXPECT_EQ(Vocabulary::load(folder / "vocab"), first);
}

}  // namespace
}  // namespace albef
