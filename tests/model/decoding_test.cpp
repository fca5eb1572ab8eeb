#include "albef/model/decoding.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "albef/model/vqa.h"
#include "tiny_model.h"

namespace albef {
namespace {

class DecodingTest : public testing::Test {
 protected:
  DecodingTest() {
    randomise(*decoder_, 3);
    decoder_->eval();
    const auto keep = torch::tensor({{1, 1, 1}, {1, 0, 0}, {1, 1, 0}}, torch::kBool);
    keys_ = decoder_->bert->cross_keys({torch::randn({3, 3, 24})}, TokenLayout::padded(3, 3, keep).mask());
  }

  // States of one text's tokens by the whole pass.
  torch::Tensor whole(const std::vector<int64_t>& ids, int64_t question) {
    const auto layout = TokenLayout::padded(1, std::ssize(ids)).causal(torch::kCPU);
    auto& bert = decoder_->bert;
    return bert->fuse(bert->encode(torch::tensor(ids, torch::kInt64), layout), layout, keys_,
                      {.texts_per_image = 0, .others = torch::tensor({question}, torch::kInt64)});
  }

  VqaOptions options_{.vision = tiny_vit(), .text = tiny_bert(), .decoder_layers = 3};
  TextEncoder decoder_{options_.decoder()};
  std::vector<KeyValues> keys_;
  torch::NoGradGuard no_grad_;
};

TEST_F(DecodingTest, GivesEachTokenTheStateOfTheWholePass) {
  Decoding decoding(decoder_, keys_);
  const auto starts = decoding.next({2, 2, 2}, {}, {0, 1, 2});
  // Question 1 has no answer that goes on; the others share beginnings.
  const auto second = decoding.next({7, 8, 7}, {0, 0, 2}, {0, 0, 2});
  const auto third = decoding.next({9, 10, 9, 11}, {1, 1, 0, 2}, {0, 0, 0, 2});
  EXPECT_EQ(decoding.length(), 3);
  expect_near(starts[1], whole({2}, 1)[0]);
  expect_near(second[1], whole({2, 8}, 0)[1]);
  expect_near(second[2], whole({2, 7}, 2)[1]);
  expect_near(third[0], whole({2, 8, 9}, 0)[2]);
  expect_near(third[1], whole({2, 8, 10}, 0)[2]);
  expect_near(third[2], whole({2, 7, 9}, 0)[2]);
  expect_near(third[3], whole({2, 7, 11}, 2)[2]);
}

TEST_F(DecodingTest, RefusesATokenWithoutAPosition) {
  Decoding decoding(decoder_, keys_);
  decoding.next({2}, {}, {0});
  for (int64_t token = 1; token < 16; ++token) decoding.next({5}, {0}, {0});
  EXPECT_THROW(decoding.next({5}, {0}, {0}), c10::Error);
}

TEST_F(DecodingTest, RefusesQuestionsThatDoNotAscendAndTokensWithoutAPast) {
  Decoding decoding(decoder_, keys_);
  EXPECT_THROW(decoding.next({2, 2}, {}, {1, 0}), c10::Error);
  decoding.next({2, 2}, {}, {0, 1});
  EXPECT_THROW(decoding.next({5}, {}, {0}), c10::Error);
}

TEST(Vqa, MomentumModelIsACopyAndTheSameSeedGivesTheSameWeights) {
  const VqaOptions options{.vision = tiny_vit(), .text = tiny_bert(), .decoder_layers = 2};
  Vqa a(options), b(options);
  a->initialise(5);
  b->initialise(5);
  const auto weights = a->named_parameters(), others = b->named_parameters();
  for (const auto& item : weights) {
    EXPECT_TRUE(item.value().equal(others[item.key()])) << item.key();
    const auto dot = item.key().find('.');
    if (!item.key().substr(0, dot).ends_with("_m")) {
      EXPECT_TRUE(item.value().equal(weights[item.key().substr(0, dot) + "_m" + item.key().substr(dot)])) << item.key();
    }
  }
}

}  // namespace
}  // namespace albef
