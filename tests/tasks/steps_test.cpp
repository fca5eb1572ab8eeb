// Steps of pretraining and retrieval, and what is drawn for them.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../model/tiny_model.h"
#include "albef/loss/itc.h"
#include "albef/model/texts.h"
#include "albef/tasks/pretrain/step.h"
#include "albef/tasks/retrieval/step.h"

namespace albef {
namespace {

constexpr int64_t kLength = 7;

PairBatch batch_of(int64_t size, int64_t first_sample) {
  PairBatch batch;
  torch::manual_seed(static_cast<uint64_t>(first_sample));
  batch.pixels = torch::randint(256, {size, 16, 16, 3}, torch::kUInt8);
  std::vector<std::vector<int64_t>> texts;
  for (int64_t n = first_sample; n < first_sample + size; ++n) {
    batch.image_ids.push_back(n / 2);
    batch.samples.push_back(n);
    texts.push_back({2});
    for (int64_t t = 1; t < 3 + n % 4; ++t) texts.back().push_back(5 + (n + t) % 40);
  }
  batch.texts = pad_texts(texts, 0, kLength);
  return batch;
}

const DrawOptions kDraw = {.masking = {.probability = 0.3, .vocab_size = 50, .pad = 0, .cls = 2, .mask = 3}};
const StepKeys kKeys = {.seed = 1};

ObjectiveLosses step(Albef& model, const PairBatch& batch, const StepKeys& keys,
                     const PretrainStepOptions& options = {}) {
  return pretrain_step(model, batch, draw(batch, kDraw, /*sharpness=*/1, keys), options);
}

TEST(PretrainStep, GoesOnOverAnOddLastBatch) {
  auto model = tiny_model();
  int64_t seen = 0;
  for (const int64_t size : {5, 5, 1, 3}) {
    const auto losses = step(model, batch_of(size, seen), {.seed = 1, .step = static_cast<uint64_t>(seen)});
    const auto total = losses.itc + losses.itm + losses.mlm;
    EXPECT_TRUE(std::isfinite(total.item<double>()));
    total.backward();
    model->queue.enqueue(losses.entries);
    seen += size;
    EXPECT_EQ(model->queue.pointer.item<int64_t>(), seen % 12);
  }
}

TEST(PretrainStep, IsTheSameEachTimeAndAnotherForAnotherSeed) {
  const auto losses = [](uint64_t seed, uint64_t epoch, uint64_t number) {
    auto model = tiny_model();
    const auto l = step(model, batch_of(5, 0), {.seed = seed, .epoch = epoch, .step = number});
    return std::vector<float>{l.itc.item<float>(), l.itm.item<float>(), l.mlm.item<float>()};
  };
  const auto once = losses(1, 0, 0);
  EXPECT_EQ(losses(1, 0, 0), once);
  EXPECT_NE(losses(2, 0, 0)[2], once[2]);  // other masks
  EXPECT_NE(losses(1, 1, 0)[2], once[2]);
  EXPECT_EQ(losses(1, 0, 1)[2], once[2]);  // masks hang on the sample, not on the step
}

TEST(PretrainStep, ClampsTheTemperatureAndMovesTheMomentumModelInTrainingOnly) {
  auto model = tiny_model();
  {
    const torch::NoGradGuard no_grad;
    model->temp.fill_(5);
  }
  const auto weight = [&] { return model->momentum.text_proj->weight.clone(); };
  const auto before = weight();
  model->eval();
  step(model, batch_of(2, 0), kKeys);
  EXPECT_FLOAT_EQ(model->temp.item<float>(), 0.5F);
  EXPECT_TRUE(torch::equal(weight(), before));
  model->train();
  step(model, batch_of(2, 0), kKeys);
  EXPECT_FALSE(torch::equal(weight(), before));
}

TEST(PretrainStep, MovesTheMomentumModelByTheMomentumItIsGiven) {
  auto model = tiny_model();
  step(model, batch_of(2, 0), kKeys, {.momentum = 0});
  EXPECT_TRUE(torch::equal(model->momentum.text_proj->weight, model->online.text_proj->weight));
}

TEST(PretrainStep, TakesNormalisedPixelsAsTheyAre) {
  auto batch = batch_of(5, 0);
  const auto losses = [&] {
    auto model = tiny_model();
    return step(model, batch, kKeys).itc.item<float>();
  };
  const auto of_bytes = losses();
  batch.pixels = normalise_pixels(batch.pixels);
  EXPECT_EQ(losses(), of_bytes);
}

TEST(PretrainStep, ScalesBothAlphasByTheRamp) {
  const auto losses = [](double alpha, double ramp) {
    auto model = tiny_model();
    const auto l = step(model, batch_of(5, 0), kKeys, {.alpha_itc = alpha, .alpha_mlm = alpha, .alpha_scale = ramp});
    return std::vector<float>{l.itc.item<float>(), l.mlm.item<float>()};
  };
  EXPECT_EQ(losses(0.8, 0.5), losses(0.4, 1));
  EXPECT_EQ(losses(0.8, 0), losses(0, 1));
  EXPECT_NE(losses(0.8, 1), losses(0.4, 1));
}

Albef retrieval_model(double temp_min = 0) {
  auto options = tiny_albef();
  options.temp_min = temp_min;
  options.id_queue = true;
  return tiny_model(1, options);
}

// Pairs 2n and 2n+1 show the same image; so do those of the step before, which wait in the queue.
TEST(RetrievalStep, MatchesAllPairsOfAnImageInBatchAndQueue) {
  auto model = retrieval_model();
  const auto batch = batch_of(4, 0);
  const auto choose = [](const torch::Tensor& t2i, const torch::Tensor& i2t, const torch::Tensor& excluded) {
    EXPECT_TRUE(torch::equal(excluded, excluded_pairs({0, 0, 1, 1}, true, torch::kCPU)));
    return negative_chooser(/*hardest=*/true, 1, {})(t2i, i2t, excluded);
  };
  const auto first = retrieval_step(model, batch, choose, {});
  EXPECT_FALSE(first.mlm.defined());
  model->queue.enqueue(first.entries);
  EXPECT_TRUE(torch::equal(model->queue.ids[0].narrow(0, 0, 4), torch::tensor({0, 0, 1, 1})));

  const auto second = retrieval_step(model, batch, choose, {.alpha = 0, .momentum = 1});
  const auto ids = torch::tensor({0, 0, 1, 1});
  auto& online = model->online;
  const auto texts = make_texts(batch.texts, /*packed=*/true, torch::kCPU);
  const auto image = online.image_feature(online.vision(normalise_pixels(batch.pixels))),
             text = online.text_feature(online.text->bert->encode(texts.ids, texts.layout), texts.layout);
  const auto matches = same_image_matches(ids, torch::cat({ids, model->queue.ids[0]}));
  EXPECT_EQ(matches[0].gt(0).sum().item<int64_t>(), 4);
  const auto wanted = itc_loss(
      {image, text, {second.entries.image, model->queue.image}, {second.entries.text, model->queue.text}, matches},
      model->temp, 0);
  EXPECT_NEAR(second.itc.item<double>(), wanted.loss.item<double>(), 1e-5);
}

TEST(RetrievalStep, ClampsTheTemperatureOnlyWhereAskedTo) {
  for (const auto& [temp_min, temp] : {std::pair(0.0, 0.7F), {0.01, 0.5F}}) {
    auto model = retrieval_model(temp_min);
    {
      const torch::NoGradGuard no_grad;
      model->temp.fill_(0.7);
    }
    retrieval_step(model, batch_of(2, 0), negative_chooser(/*hardest=*/true, 1, {}), {});
    EXPECT_FLOAT_EQ(model->temp.item<float>(), temp);
  }
}

TEST(RetrievalStep, UpdatesTheMomentumModelAndNeedsAnIdQueue) {
  auto model = retrieval_model();
  const auto weight = model->momentum.text_proj->weight.clone();
  retrieval_step(model, batch_of(2, 0), negative_chooser(/*hardest=*/true, 1, {}), {});
  EXPECT_FALSE(torch::equal(model->momentum.text_proj->weight, weight));
  auto without = tiny_model();
  EXPECT_THROW(retrieval_step(without, batch_of(2, 0), negative_chooser(/*hardest=*/true, 1, {}), {}), c10::Error);
}

TEST(MaskTexts, MasksASampleAlikeWhereverItStands) {
  const auto both = mask_texts(batch_of(2, 6), kDraw.masking, kKeys),
             second = mask_texts(batch_of(1, 7), kDraw.masking, {.seed = 1, .step = 9, .rank = 3});
  EXPECT_EQ(std::vector<int64_t>(both.texts.ids.begin() + kLength, both.texts.ids.end()), second.texts.ids);
  EXPECT_EQ(both.places[1], second.places[0]);
  size_t chosen = 0;
  const auto many = mask_texts(batch_of(40, 0), kDraw.masking, kKeys);
  for (const auto& places : many.places) chosen += places.size();
  EXPECT_EQ(many.labels.size(), chosen);
  EXPECT_GT(chosen, 0U);
}

TEST(ExcludedPairs, AreThePairItselfOrAllOfItsPicture) {
  EXPECT_TRUE(torch::equal(excluded_pairs({4, 5, 4}, false, torch::kCPU), torch::eye(3, torch::kBool)));
  EXPECT_TRUE(torch::equal(excluded_pairs({4, 5, 4}, true, torch::kCPU),
                           torch::tensor({{true, false, true}, {false, true, false}, {true, false, true}})));
}

TEST(ChooseNegatives, DrawsByStepAndRankOrTakesTheHardest) {
  torch::manual_seed(1);
  const auto t2i = torch::randn({40, 40}), i2t = torch::randn({40, 40}), own = torch::eye(40, torch::kBool);
  const auto draw = [&](const StepKeys& keys) { return negative_chooser(/*hardest=*/false, 1, keys)(t2i, i2t, own); };
  const auto once = draw({.seed = 1, .step = 1}), again = draw({.seed = 1, .epoch = 5, .step = 1}),
             later = draw({.seed = 1, .step = 2}), elsewhere = draw({.seed = 1, .step = 1, .rank = 1});
  EXPECT_TRUE(torch::equal(once.image.index, again.image.index) && torch::equal(once.text.index, again.text.index));
  EXPECT_FALSE(torch::equal(once.image.index, later.image.index));
  EXPECT_FALSE(torch::equal(once.image.index, elsewhere.image.index));
  EXPECT_FALSE(torch::equal(later.image.index, elsewhere.image.index));
  const auto hard = negative_chooser(/*hardest=*/true, 1, {})(t2i, i2t, own);
  const auto off = torch::eye(40) * 1e9;
  EXPECT_TRUE(torch::equal(hard.image.index, (t2i - off).argmax(1)));
  EXPECT_TRUE(torch::equal(hard.text.index, (i2t - off).argmax(1)));
}

}  // namespace
}  // namespace albef
