#include "albef/model/texts.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace albef {
namespace {

const TextBatch kTexts = pad_texts({{2, 7, 8}, {2}, {2, 9}}, 0, /*min_length=*/5);

TEST(MakeTexts, DropsAllPaddingOrThatBeyondTheLongestText) {
  const auto packed = make_texts(kTexts, /*packed=*/true, torch::kCPU);
  EXPECT_TRUE(torch::equal(packed.ids, torch::tensor({2, 7, 8, 2, 2, 9})));
  EXPECT_EQ(packed.layout.tokens(), 6);
  const auto padded = make_texts(kTexts, /*packed=*/false, torch::kCPU);
  EXPECT_TRUE(torch::equal(padded.ids, torch::tensor({2, 7, 8, 2, 0, 0, 2, 9, 0})));
  EXPECT_EQ(padded.layout.length(), 3);
  EXPECT_EQ(padded.layout.keep().sum().item<int64_t>(), 6);
}

TEST(MakeTexts, RejectsNoTextsAndIdsOfAnotherSize) {
  EXPECT_THROW(make_texts({}, true, torch::kCPU), c10::Error);
  auto texts = kTexts;
  texts.ids.pop_back();
  EXPECT_THROW(make_texts(texts, true, torch::kCPU), c10::Error);
}

}  // namespace
}  // namespace albef
