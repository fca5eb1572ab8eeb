#include "albef/loss/answer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace albef {
namespace {

TEST(AnswerLoss, SumsWeightedTokensOverTheQuestions) {
  // Uniform logits over 4 ids: each token costs log 4, whatever follows.
  const auto logits = torch::zeros({3, 4});
  const auto loss = answer_loss(logits, torch::tensor({1, 2, 0}, torch::kInt64), torch::tensor({0.5F, 0.5F, 1.0F}), {},
                                /*alpha=*/0, /*questions=*/2);
  EXPECT_NEAR(loss.item<double>(), 2 * std::log(4.0) / 2, 1e-6);
}

TEST(AnswerLoss, DistilsFromTheMomentumModel) {
  torch::manual_seed(1);
  const auto logits = torch::randn({3, 5}), momentum = torch::randn({3, 5});
  const auto next = torch::tensor({1, 4, 0}, torch::kInt64);
  const auto weights = torch::tensor({0.3F, 0.3F, 0.7F});
  const auto log_p = torch::log_softmax(logits, 1);
  const auto soft = -(torch::softmax(momentum, 1) * log_p).sum(1);
  const auto hard = torch::nn::functional::cross_entropy(
      logits, next, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kNone));
  const auto expected = (weights * (0.6 * hard + 0.4 * soft)).sum() / 2;
  EXPECT_NEAR(answer_loss(logits, next, weights, momentum, 0.4, 2).item<double>(), expected.item<double>(), 1e-5);
}

TEST(AnswerLoss, GivesTheMomentumModelNoGradient) {
  auto logits = torch::randn({2, 3}).requires_grad_(), momentum = torch::randn({2, 3}).requires_grad_();
  answer_loss(logits, torch::tensor({0, 1}, torch::kInt64), torch::ones({2}), momentum, 0.4, 1).backward();
  EXPECT_TRUE(logits.grad().defined());
  EXPECT_FALSE(momentum.grad().defined());
}

}  // namespace
}  // namespace albef
