#include "albef/loss/cross_entropy.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace albef {
namespace {

TEST(DistilledCrossEntropy, IsPlainCrossEntropyWhenAlphaIsZero) {
  torch::manual_seed(1);
  const auto logits = torch::randn({6, 11}).requires_grad_(), labels = torch::randint(11, {6}, torch::kInt64);
  const auto ours = distilled_cross_entropy(logits, labels, {}, 0), wanted = torch::cross_entropy_loss(logits, labels);
  EXPECT_NEAR(ours.item<double>(), wanted.item<double>(), 1e-6);
  EXPECT_TRUE(
      torch::allclose(torch::autograd::grad({ours}, {logits})[0], torch::autograd::grad({wanted}, {logits})[0]));
}

TEST(DistilledCrossEntropy, MixesInTheMomentumModelsTargets) {
  torch::manual_seed(2);
  const auto logits = torch::randn({6, 11}), teacher = torch::randn({6, 11}),
             labels = torch::randint(11, {6}, torch::kInt64);
  const auto soft = torch::nn::functional::cross_entropy(logits, torch::softmax(teacher, 1));
  for (const double alpha : {0.3, 1.0}) {
    const auto wanted = (1 - alpha) * torch::cross_entropy_loss(logits, labels) + alpha * soft;
    EXPECT_NEAR(distilled_cross_entropy(logits, labels, teacher, alpha).item<double>(), wanted.item<double>(), 1e-6);
  }
}

TEST(DistilledCrossEntropy, GivesTheTeacherNoGradient) {
  const auto logits = torch::randn({2, 5}).requires_grad_(), teacher = torch::randn({2, 5}).requires_grad_();
  distilled_cross_entropy(logits, torch::tensor({4, 0}), teacher, 0.4).backward();
  EXPECT_TRUE(logits.grad().defined());
  EXPECT_FALSE(teacher.grad().defined());
}

TEST(DistilledCrossEntropy, IsZeroAndStillDifferentiableWithoutChosenTokens) {
  const auto weight = torch::randn({7, 11}).requires_grad_();
  const auto loss =
      distilled_cross_entropy(torch::randn({0, 7}).matmul(weight), torch::empty({0}, torch::kInt64), {}, 0.4);
  EXPECT_EQ(loss.item<float>(), 0);
  loss.backward();
  EXPECT_EQ(weight.grad().abs().sum().item<float>(), 0);
}

TEST(DistilledCrossEntropy, RejectsAlphaOutsideTheUnitInterval) {
  EXPECT_THROW(distilled_cross_entropy(torch::randn({1, 3}), torch::tensor({1}), torch::randn({1, 3}), 1.1),
               c10::Error);
}

}  // namespace
}  // namespace albef
