#include "albef/loss/itc.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "numeric_gradient.h"

namespace albef {
namespace {

torch::Tensor unit_rows(int64_t rows) {
  return torch::nn::functional::normalize(torch::randn({rows, 4}, torch::kDouble));
}

// B = 3, Q = 5, E = 4: small enough to check by hand, unequal enough to catch a transpose.
ItcFeatures features() {
  torch::manual_seed(7);
  return {unit_rows(3).requires_grad_(),
          unit_rows(3).requires_grad_(),
          {unit_rows(3), unit_rows(5).t()},
          {unit_rows(3), unit_rows(5).t()},
          torch::eye(3, 8, torch::kDouble)};
}

torch::Tensor temperature() {
  return torch::tensor(0.07, torch::kDouble);
}

// Text 0 and queue entries 1 and 3 show the same picture.
torch::Tensor several_positives() {
  return same_image_matches(torch::tensor({7, 8, 9}), torch::tensor({7, 8, 9, -100, 7, -100, 7, 8}));
}

void expect_close(const torch::Tensor& ours, const torch::Tensor& wanted, double tolerance = 1e-12) {
  EXPECT_TRUE(torch::allclose(ours, wanted, 0, tolerance)) << ours << "\n" << wanted;
}

TEST(ItcLogits, AreSimilaritiesToTheBatchThenToTheQueueOverTheTemperature) {
  const auto f = features();
  const auto logits = itc_logits(f.image, f.text_keys, temperature());
  ASSERT_EQ(logits.sizes(), (std::vector<int64_t>{3, 8}));
  expect_close(logits[1][2], f.image[1].dot(f.text_keys.batch[2]) / 0.07);
  expect_close(logits[2][3 + 4], f.image[2].dot(f.text_keys.queue.select(1, 4)) / 0.07);
}

TEST(ItcLogits, TakeAQueueThatIsMissingOrEmpty) {
  const auto f = features();
  const auto whole = itc_logits(f.image, f.text_keys, temperature()).narrow(1, 0, 3);
  expect_close(itc_logits(f.image, {f.text_keys.batch, {}}, temperature()), whole);
  expect_close(itc_logits(f.image, {f.text_keys.batch, torch::empty({4, 0}, torch::kDouble)}, temperature()), whole);
}

TEST(ItcLoss, IsPlainCrossEntropyWhenAlphaIsZero) {
  const auto r = itc_loss(features(), temperature(), /*alpha=*/0);
  const auto pair = torch::arange(3);
  expect_close(r.loss,
               (torch::cross_entropy_loss(r.logits_i2t, pair) + torch::cross_entropy_loss(r.logits_t2i, pair)) / 2);
}

TEST(ItcLoss, ComparesImagesWithTextKeysAndTextsWithImageKeys) {
  const auto f = features();
  const auto r = itc_loss(f, temperature(), 0.4);
  expect_close(r.logits_i2t, itc_logits(f.image, f.text_keys, temperature()));
  expect_close(r.logits_t2i, itc_logits(f.text, f.image_keys, temperature()));
  EXPECT_FALSE(r.logits_i2t.requires_grad() || r.logits_t2i.requires_grad());
}

// Eq. 6 row by row: the teacher compares its own features with the same keys.
TEST(ItcLoss, MixesInTheMomentumModelsTargets) {
  auto f = features();
  f.matches = several_positives().to(torch::kDouble);
  const double alpha = 0.4;
  torch::Tensor sum = torch::zeros({}, torch::kDouble);
  for (int64_t b = 0; b < 3; ++b) {
    for (const bool image : {true, false}) {
      const auto& keys = image ? f.text_keys : f.image_keys;
      const auto all = torch::cat({keys.batch, keys.queue.t()});
      const auto teacher = torch::softmax(all.mv((image ? f.image_keys : f.text_keys).batch[b]) / 0.07, 0);
      const auto student = torch::log_softmax(all.mv((image ? f.image : f.text)[b]) / 0.07, 0);
      sum = sum - ((alpha * teacher + (1 - alpha) * f.matches[b]) * student).sum();
    }
  }
  expect_close(itc_loss(f, temperature(), alpha).loss, sum / 6);
}

TEST(ItcLoss, HasTheGradientOfNumericalDifferences) {
  for (const double alpha : {0.0, 0.4, 1.0}) {
    auto f = features();
    f.matches = several_positives().to(torch::kDouble);
    const auto loss = [&] { return itc_loss(f, temperature(), alpha).loss; };
    expect_gradient(loss, f.image);
    expect_gradient(loss, f.text);
  }
  const auto f = features();
  auto learned = temperature().requires_grad_();
  expect_gradient([&] { return itc_loss(f, learned, /*alpha=*/0).loss; }, learned);
}

TEST(ItcLoss, GivesKeysAndTargetsNoGradient) {
  auto f = features();
  for (auto* keys : {&f.image_keys, &f.text_keys}) keys->batch = keys->batch.clone().requires_grad_();
  const auto targets = itc_targets(itc_logits(f.image_keys.batch, f.text_keys, temperature()), f.matches, 0.4);
  EXPECT_FALSE(targets.requires_grad());
}

// Learning from targets that are one's own outputs changes nothing: the loss is then their entropy, at its minimum.
TEST(ItcLoss, IsAtItsMinimumWhereStudentAndTeacherAgree) {
  auto f = features();
  f.image = f.image_keys.batch.clone().requires_grad_();
  f.text = f.text_keys.batch.clone().requires_grad_();
  itc_loss(f, temperature(), /*alpha=*/1).loss.backward();
  EXPECT_LT(f.image.grad().abs().max().item<double>(), 1e-12);
  EXPECT_LT(f.text.grad().abs().max().item<double>(), 1e-12);
}

TEST(ItcLoss, TakesKeysOfOtherProcessesBehindItsOwn) {
  auto f = features();
  f.image_keys.batch = torch::cat({f.image_keys.batch, unit_rows(2)});
  f.text_keys.batch = torch::cat({f.text_keys.batch, unit_rows(2)});
  f.matches = own_pair_matches(3, 10, torch::kCPU);
  const auto r = itc_loss(f, temperature(), 0.4);
  EXPECT_EQ(r.logits_i2t.sizes(), (std::vector<int64_t>{3, 10}));
  EXPECT_TRUE(std::isfinite(r.loss.item<double>()));
}

TEST(ItcLoss, StaysFiniteAtTheColdestTemperature) {
  const auto f = features();
  const auto loss = itc_loss(f, torch::tensor(0.001), 0.4).loss;
  loss.backward();
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_TRUE(f.image.grad().isfinite().all().item<bool>());
}

TEST(ItcTargets, RowsStayDistributionsAndCarryNoGradient) {
  for (const double alpha : {0.0, 0.4, 1.0}) {
    const auto y = itc_targets(torch::randn({3, 8}).requires_grad_(), torch::eye(3, 8), alpha);
    EXPECT_TRUE(torch::allclose(y.sum(1), torch::ones(3)) && !y.requires_grad()) << "alpha " << alpha;
  }
  EXPECT_TRUE(torch::equal(itc_targets(torch::randn({3, 8}), torch::eye(3, 8), 0), torch::eye(3, 8)));
}

TEST(SameImageMatches, SpreadEvenlyOverEveryKeyOfTheImage) {
  const auto matches = several_positives();
  const float third = 1.0F / 3;
  EXPECT_TRUE(torch::allclose(matches[0], torch::tensor({third, 0.F, 0.F, 0.F, third, 0.F, third, 0.F})));
  EXPECT_TRUE(torch::allclose(matches[1], torch::tensor({0.F, .5F, 0.F, 0.F, 0.F, 0.F, 0.F, .5F})));
  EXPECT_TRUE(torch::allclose(matches[2], torch::tensor({0.F, 0.F, 1.F, 0.F, 0.F, 0.F, 0.F, 0.F})));
}

TEST(OwnPairMatches, AreTheIdentityBeforeTheQueue) {
  EXPECT_TRUE(
      torch::equal(own_pair_matches(2, 4, torch::kCPU), torch::tensor({{1.F, 0.F, 0.F, 0.F}, {0.F, 1.F, 0.F, 0.F}})));
}

TEST(ItcLoss, RejectsAlphaOutsideTheUnitIntervalAndShapesThatDisagree) {
  EXPECT_THROW(itc_loss(features(), temperature(), 1.5), c10::Error);
  EXPECT_THROW(itc_loss(features(), temperature(), -0.1), c10::Error);
  auto f = features();
  f.matches = torch::eye(3, 7);
  EXPECT_THROW(itc_loss(f, temperature(), 0), c10::Error);
  f = features();
  f.text = unit_rows(2);
  EXPECT_THROW(itc_loss(f, temperature(), 0), c10::Error);
}

}  // namespace
}  // namespace albef
