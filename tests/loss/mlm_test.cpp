#include "albef/loss/mlm.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace albef {
namespace {

constexpr int64_t kPad = 0, kCls = 2, kMask = 3, kVocabulary = 1000;
const MaskingOptions kOptions = {
    .probability = 0.15, .vocab_size = kVocabulary, .pad = kPad, .cls = kCls, .mask = kMask};

// [CLS], ids from 10 on, [PAD]
std::vector<int64_t> text(size_t count) {
  std::vector<int64_t> ids(count);
  for (size_t i = 0; i < count; ++i) ids[i] = 10 + static_cast<int64_t>(i * 7 % 900);
  ids.front() = kCls;
  ids.back() = kPad;
  return ids;
}

TEST(MaskTokens, LeavesPadAndClsAndEveryTokenThatIsNotChosen) {
  const auto before = text(64);
  for (uint64_t key = 0; key < 200; ++key) {
    auto ids = before;
    Rng rng(Purpose::kMask, {key});
    const auto masked = mask_tokens(ids.data(), ids.size(), kOptions, rng);
    ASSERT_EQ(masked.places.size(), masked.labels.size());
    ASSERT_TRUE(std::is_sorted(masked.places.begin(), masked.places.end()));
    for (size_t i = 0, chosen = 0; i < ids.size(); ++i) {
      if (chosen < masked.places.size() && masked.places[chosen] == static_cast<int64_t>(i)) {
        ASSERT_EQ(masked.labels[chosen++], before[i]);
        ASSERT_TRUE(before[i] != kPad && before[i] != kCls);
      } else {
        ASSERT_EQ(ids[i], before[i]);
      }
    }
  }
}

// Bounds of five standard deviations.
TEST(MaskTokens, ChoosesFifteenPercentAndTreatsThemEightyTenTen) {
  constexpr size_t kTokens = 400000;
  auto ids = text(kTokens);
  Rng rng(Purpose::kMask, {1});
  const auto masked = mask_tokens(ids.data(), ids.size(), kOptions, rng);
  const auto near = [](double part, double whole, double share) {
    return std::abs(part / whole - share) < 5 * std::sqrt(share * (1 - share) / whole);
  };
  const auto chosen = static_cast<double>(masked.places.size());
  EXPECT_TRUE(near(chosen, kTokens, 0.15)) << chosen;
  double hidden = 0, kept = 0, random = 0, random_sum = 0;
  for (size_t i = 0; i < masked.places.size(); ++i) {
    const int64_t now = ids[static_cast<size_t>(masked.places[i])];
    ASSERT_GE(now, 0);
    ASSERT_LT(now, kVocabulary);
    if (now == kMask) {
      ++hidden;
    } else if (now == masked.labels[i]) {
      ++kept;
    } else {
      ++random;
      random_sum += static_cast<double>(now);
    }
  }
  EXPECT_TRUE(near(hidden, chosen, 0.8)) << hidden / chosen;
  EXPECT_TRUE(near(kept, chosen, 0.1)) << kept / chosen;
  EXPECT_TRUE(near(random, chosen, 0.1)) << random / chosen;
  EXPECT_NEAR(random_sum / random / kVocabulary, 0.5, 5 * std::sqrt(1 / 12.0 / random));  // of the whole vocabulary
}

TEST(MaskTokens, FollowsItsGeneratorAlone) {
  const auto mask = [](uint64_t key) {
    auto ids = text(200);
    Rng rng(Purpose::kMask, {key});
    mask_tokens(ids.data(), ids.size(), kOptions, rng);
    return ids;
  };
  EXPECT_EQ(mask(1), mask(1));
  EXPECT_NE(mask(1), mask(2));
}

TEST(MaskTokens, TakesProbabilitiesZeroAndOne) {
  for (const double probability : {0.0, 1.0}) {
    auto options = kOptions;
    options.probability = probability;
    auto ids = text(50);
    Rng rng(Purpose::kMask, {1});
    EXPECT_EQ(mask_tokens(ids.data(), ids.size(), options, rng).places.size(), probability > 0 ? 48U : 0U);
  }
}

TEST(MlmLoss, IsPlainCrossEntropyWhenAlphaIsZero) {
  torch::manual_seed(1);
  const auto logits = torch::randn({6, 11}).requires_grad_(), labels = torch::randint(11, {6}, torch::kInt64);
  const auto ours = mlm_loss(logits, labels, {}, 0), wanted = torch::cross_entropy_loss(logits, labels);
  EXPECT_NEAR(ours.item<double>(), wanted.item<double>(), 1e-6);
  EXPECT_TRUE(
      torch::allclose(torch::autograd::grad({ours}, {logits})[0], torch::autograd::grad({wanted}, {logits})[0]));
}

TEST(MlmLoss, MixesInTheMomentumModelsTargets) {
  torch::manual_seed(2);
  const auto logits = torch::randn({6, 11}), teacher = torch::randn({6, 11}),
             labels = torch::randint(11, {6}, torch::kInt64);
  const auto soft = torch::nn::functional::cross_entropy(logits, torch::softmax(teacher, 1));
  for (const double alpha : {0.3, 1.0}) {
    const auto wanted = (1 - alpha) * torch::cross_entropy_loss(logits, labels) + alpha * soft;
    EXPECT_NEAR(mlm_loss(logits, labels, teacher, alpha).item<double>(), wanted.item<double>(), 1e-6);
  }
}

TEST(MlmLoss, GivesTheTeacherNoGradient) {
  const auto logits = torch::randn({2, 5}).requires_grad_(), teacher = torch::randn({2, 5}).requires_grad_();
  mlm_loss(logits, torch::tensor({4, 0}), teacher, 0.4).backward();
  EXPECT_TRUE(logits.grad().defined());
  EXPECT_FALSE(teacher.grad().defined());
}

TEST(MlmLoss, IsZeroAndStillDifferentiableWithoutChosenTokens) {
  const auto weight = torch::randn({7, 11}).requires_grad_();
  const auto loss = mlm_loss(torch::randn({0, 7}).matmul(weight), torch::empty({0}, torch::kInt64), {}, 0.4);
  EXPECT_EQ(loss.item<float>(), 0);
  loss.backward();
  EXPECT_EQ(weight.grad().abs().sum().item<float>(), 0);
}

TEST(MlmLoss, RejectsAlphaOutsideTheUnitInterval) {
  EXPECT_THROW(mlm_loss(torch::randn({1, 3}), torch::tensor({1}), torch::randn({1, 3}), 1.1), c10::Error);
}

}  // namespace
}  // namespace albef
