#include "albef/base/text_batch.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"

namespace albef {
namespace {

TEST(TextBatch, IsARectangleOfTheLongestText) {
  const auto batch = pad_texts({{2, 7}, {2, 8, 9}}, 1);
  EXPECT_EQ(batch.size, 2);
  EXPECT_EQ(batch.length, 3);
  EXPECT_EQ(batch.ids, (std::vector<int64_t>{2, 7, 1, 2, 8, 9}));
  EXPECT_EQ(batch.lengths, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(pad_texts({{2, 7}}, 1, 4).ids, (std::vector<int64_t>{2, 7, 1, 1}));
}

TEST(TextBatch, IsJoinedWithAnotherOfItsLength) {
  const auto both = join(pad_texts({{2, 7}, {2, 8, 9}}, 0), pad_texts({{2, 3, 3}}, 0));
  EXPECT_EQ(both.size, 3);
  EXPECT_EQ(both.length, 3);
  EXPECT_EQ(both.ids, (std::vector<int64_t>{2, 7, 0, 2, 8, 9, 2, 3, 3}));
  EXPECT_EQ(both.lengths, (std::vector<int64_t>{2, 3, 3}));
  EXPECT_THROW(join(both, pad_texts({{2}}, 0)), Error);
}

}  // namespace
}  // namespace albef
