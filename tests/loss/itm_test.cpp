#include "albef/loss/itm.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <vector>

namespace albef {
namespace {

torch::Tensor own(int64_t batch) {
  return torch::eye(batch, torch::kBool);
}
torch::Tensor all_at(int64_t batch, double uniform) {
  return torch::full({batch}, uniform, torch::kDouble);
}
const double kAlmostOne = std::nextafter(1.0, 0.0);

// Draws on an even grid of uniforms: how often a column comes is its probability, without chance.
TEST(SampleNegatives, DrawsInProportionToTheSoftmaxOfWhatIsNotExcluded) {
  torch::manual_seed(3);
  constexpr int64_t kBatch = 5, kDraws = 2000;
  const auto logits = torch::randn({kBatch, kBatch + 7}) * 2;  // columns of the queue follow
  auto excluded = own(kBatch);
  excluded[0][3] = excluded[3][0] = true;
  auto counts = torch::zeros({kBatch, kBatch}, torch::kDouble);
  for (int64_t i = 0; i < kDraws; ++i) {
    const auto drawn = sample_negatives(logits, excluded, all_at(kBatch, (static_cast<double>(i) + 0.5) / kDraws));
    EXPECT_TRUE(drawn.valid.all().item<bool>());
    counts.scatter_add_(1, drawn.index.unsqueeze(1), torch::ones({kBatch, 1}, torch::kDouble));
  }
  const auto weights = torch::softmax(logits.narrow(1, 0, kBatch).to(torch::kDouble), 1).masked_fill(excluded, 0);
  const auto wanted = weights / weights.sum(1, true);
  EXPECT_LT((counts / kDraws - wanted).abs().max().item<double>(), 1.5 / kDraws) << counts / kDraws << wanted;
}

// Sharpness 0 is a uniform draw, 1 the authors', between them the softmax of the scaled logits.
TEST(SampleNegatives, DrawsByTheSoftmaxOfTheScaledLogits) {
  torch::manual_seed(4);
  constexpr int64_t kBatch = 6, kDraws = 1500;
  const auto logits = torch::randn({kBatch, kBatch}) * 3;
  for (const double sharpness : {0.0, 0.25, 1.0}) {
    auto counts = torch::zeros({kBatch, kBatch}, torch::kDouble);
    for (int64_t i = 0; i < kDraws; ++i) {
      const auto drawn =
          sample_negatives(logits, own(kBatch), all_at(kBatch, (static_cast<double>(i) + 0.5) / kDraws), sharpness);
      counts.scatter_add_(1, drawn.index.unsqueeze(1), torch::ones({kBatch, 1}, torch::kDouble));
    }
    const auto weights = torch::exp(sharpness * logits.to(torch::kDouble)).masked_fill(own(kBatch), 0);
    const auto wanted = weights / weights.sum(1, true);
    EXPECT_LT((counts / kDraws - wanted).abs().max().item<double>(), 1.5 / kDraws) << "sharpness " << sharpness;
  }
}

TEST(SampleNegatives, NeverDrawsWhatIsExcludedWhateverTheLogits) {
  constexpr int64_t kBatch = 6;
  auto excluded = own(kBatch);
  excluded[1][0] = excluded[1][5] = excluded[4][5] = true;
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<torch::Tensor> rows = {
      torch::zeros({kBatch, kBatch}),      torch::eye(kBatch) * 1e4,
      torch::eye(kBatch) * -1e4,           torch::full({kBatch, kBatch}, -1e30F),
      torch::full({kBatch, kBatch}, -inf), torch::full({kBatch, kBatch}, std::nanf("")),
      torch::rand({kBatch, kBatch}) * 1e3, torch::arange(kBatch).to(torch::kFloat).mul(-500).expand({kBatch, -1})};
  for (const auto& logits : rows) {
    for (const double uniform : {0.0, 1e-300, 0.3, 0.5, 1.0 / 3, 0.99, kAlmostOne}) {
      const auto drawn = sample_negatives(logits, excluded, all_at(kBatch, uniform));
      ASSERT_TRUE(drawn.valid.all().item<bool>());
      ASSERT_TRUE((drawn.index >= 0).all().item<bool>() && (drawn.index < kBatch).all().item<bool>());
      ASSERT_FALSE(excluded.gather(1, drawn.index.unsqueeze(1)).any().item<bool>()) << logits << uniform << drawn.index;
    }
  }
}

// After a softmax over all pairs the others would have probability 0: here they share what is left evenly.
TEST(SampleNegatives, DrawsEvenlyWhereTheOwnPairTookAllProbability) {
  const auto logits = torch::eye(5) * 1e6;
  for (int64_t i = 0; i < 4; ++i) {
    const auto drawn = sample_negatives(logits, own(5), all_at(5, (static_cast<double>(i) + 0.5) / 4));
    EXPECT_EQ(drawn.index[0].item<int64_t>(), i + 1);
    EXPECT_EQ(drawn.index[4].item<int64_t>(), i);
  }
}

TEST(SampleNegatives, SaysWhereThereIsNothingToDraw) {
  auto excluded = own(3);
  excluded[1].fill_(true);
  const auto drawn = sample_negatives(torch::randn({3, 3}), excluded, all_at(3, 0.7));
  EXPECT_TRUE(torch::equal(drawn.valid, torch::tensor({true, false, true})));
  EXPECT_EQ(drawn.index[1].item<int64_t>(), 1);
}

TEST(SampleNegatives, HasNoneForABatchOfOne) {
  for (const double uniform : {0.0, kAlmostOne}) {
    const auto drawn = sample_negatives(torch::randn({1, 4}), own(1), all_at(1, uniform));
    EXPECT_FALSE(drawn.valid.item<bool>());
    EXPECT_EQ(drawn.index.item<int64_t>(), 0);
  }
}

TEST(SampleNegatives, RejectsLogitsOfAnotherBatch) {
  EXPECT_THROW(sample_negatives(torch::randn({3, 8}), own(4), all_at(4, 0.5)), c10::Error);
  EXPECT_THROW(sample_negatives(torch::randn({4, 3}), own(4), all_at(4, 0.5)), c10::Error);
}

TEST(HardestNegatives, AreTheMostSimilarThatAreNotExcluded) {
  const auto logits = torch::tensor({{9.F, 1.F, 2.F, 50.F}, {3.F, 9.F, 8.F, 50.F}, {-1.F, -3.F, 9.F, 50.F}});
  auto excluded = own(3);
  EXPECT_TRUE(torch::equal(hardest_negatives(logits, excluded).index, torch::tensor({2, 2, 0})));
  excluded[0][2] = excluded[2][0] = excluded[2][1] = true;
  const auto chosen = hardest_negatives(logits, excluded);
  EXPECT_TRUE(torch::equal(chosen.index, torch::tensor({1, 2, 2})));
  EXPECT_TRUE(torch::equal(chosen.valid, torch::tensor({true, true, false})));
}

TEST(ItmLoss, IsCrossEntropyOverThreePairsAPicture) {
  torch::manual_seed(5);
  const auto matched = torch::randn({4, 2}).requires_grad_(), mismatched = torch::randn({8, 2}).requires_grad_();
  const auto loss = itm_loss(matched, mismatched, torch::ones({8}, torch::kBool));
  const auto labels = torch::cat({torch::ones({4}, torch::kInt64), torch::zeros({8}, torch::kInt64)});
  const auto wanted = torch::cross_entropy_loss(torch::cat({matched, mismatched}), labels);
  EXPECT_NEAR(loss.item<double>(), wanted.item<double>(), 1e-6);
  const auto ours = torch::autograd::grad({loss}, {matched, mismatched}),
             theirs = torch::autograd::grad({wanted}, {matched, mismatched});
  EXPECT_TRUE(torch::allclose(ours[0], theirs[0]) && torch::allclose(ours[1], theirs[1]));
}

TEST(ItmLoss, LeavesOutNegativesThatAreNone) {
  const auto matched = torch::tensor({{0.F, 2.F}}),
             mismatched = torch::tensor({{1.F, 0.F}, {-50.F, 50.F}}).requires_grad_();
  const auto loss = itm_loss(matched, mismatched, torch::tensor({true, false}));
  EXPECT_NEAR(loss.item<double>(), (std::log1p(std::exp(-2.0)) + std::log1p(std::exp(-1.0))) / 2, 1e-6);
  loss.backward();
  EXPECT_EQ(mismatched.grad()[1].abs().sum().item<float>(), 0);
  EXPECT_NEAR(itm_loss(matched, mismatched, torch::tensor({false, false})).item<double>(), std::log1p(std::exp(-2.0)),
              1e-6);
}

}  // namespace
}  // namespace albef
