#include "albef/model/gradcam.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tiny_model.h"

namespace albef {
namespace {

class GradCam : public testing::Test {
 protected:
  GradCam() {
    model_->eval();
    pixels_ = torch::randn({2, 3, 16, 16});
    const torch::NoGradGuard no_grad;
    tokens_ = model_->online.vision(pixels_);
  }
  TextTokens texts(const std::vector<std::vector<int64_t>>& ids, bool packed = true) const {
    return make_texts(pad_texts(ids, 0), packed, torch::kCPU);
  }
  torch::Tensor itm(const std::vector<std::vector<int64_t>>& ids, const std::vector<int64_t>& image_of, int64_t layer,
                    bool packed = true) {
    return itm_cam(model_, model_->online, tokens_, torch::tensor(image_of, torch::kInt64), texts(ids, packed), layer,
                   {});
  }
  torch::Tensor itc(const std::vector<std::vector<int64_t>>& ids, const std::vector<int64_t>& image_of, int64_t layer) {
    return itc_cam(model_, model_->online, pixels_, torch::tensor(image_of, torch::kInt64), texts(ids), layer, {});
  }
  Albef model_ = tiny_model();
  torch::Tensor pixels_, tokens_;
  const std::vector<std::vector<int64_t>> ids_ = {{1, 7, 9, 30}, {1, 12}, {1, 5, 44, 3, 2}};
  const std::vector<int64_t> image_of_ = {1, 0, 1};
};

TEST_F(GradCam, BeginsAtTheProbabilitiesOfAnAttentionThatComesOutAsWithoutARecord) {
  const auto q = torch::randn({2, 3, 12}), k = torch::randn({2, 5, 12}), v = torch::randn({2, 5, 12});
  AttentionRecord record;
  const auto out = attend(q, k, v, 3, {}, 0, &record);
  expect_near(out, attend(q, k, v, 3, {}, 0));
  ASSERT_EQ(record.probabilities.sizes(), (std::vector<int64_t>{2, 3, 3, 5}));
  expect_near(record.probabilities.sum(-1), torch::ones({2, 3, 3}));
  const auto weights = torch::randn_like(out);
  const auto gradient = torch::autograd::grad({(out * weights).sum()}, {record.probabilities})[0];
  // Each probability's share of the output is a row of v, so the derivative is what that row is worth.
  const auto heads = [](const torch::Tensor& x) { return x.view({x.size(0), x.size(1), 3, 4}).transpose(1, 2); };
  expect_near(gradient, heads(weights).matmul(heads(v).transpose(-2, -1)));
}

// The record only takes probabilities apart from what made them: what follows is the plain forward pass.
TEST_F(GradCam, LeavesTheScoreAsItIs) {
  const torch::NoGradGuard no_grad;
  auto& bert = model_->online.text->bert;
  const auto some = texts(ids_);
  const auto states = bert->encode(some.ids, some.layout);
  const auto keys = bert->cross_keys(tokens_);
  const TextImages images = {.texts_per_image = 0, .others = torch::tensor(image_of_, torch::kInt64)};
  const auto plain = bert->fuse_first(states, some.layout, keys, images);
  for (const int64_t layer : {2, 3}) {
    AttentionRecord record{.layer = layer, .rows = {}, .probabilities = {}};
    expect_near(bert->fuse_first(states, some.layout, keys, images, &record), plain);
  }
}

TEST_F(GradCam, OfATextDependsOnNothingBesideIt) {
  for (const int64_t layer : {2, 3}) {
    const auto together = itm(ids_, image_of_, layer);
    ASSERT_EQ(together.sizes(), (std::vector<int64_t>{3, 5, 2, 2}));
    for (size_t n = 0; n < ids_.size(); ++n) {
      const auto length = std::ssize(ids_[n]);
      const auto of_text = together[static_cast<int64_t>(n)];
      expect_near(itm({ids_[n]}, {image_of_[n]}, layer)[0], of_text.narrow(0, 0, length));
      EXPECT_EQ(of_text.narrow(0, length, 5 - length).abs().sum().item<float>(), 0) << "padding of text " << n;
    }
    expect_near(itm(ids_, image_of_, layer, /*packed=*/false), together);
    EXPECT_GE(together.min().item<float>(), 0);
    EXPECT_GT(together.max().item<float>(), 0);
  }
  for (const int64_t block : {0, 1}) {
    const auto together = itc(ids_, image_of_, block);
    ASSERT_EQ(together.sizes(), (std::vector<int64_t>{3, 2, 2}));
    for (size_t n = 0; n < ids_.size(); ++n)
      expect_near(itc({ids_[n]}, {image_of_[n]}, block)[0], together[static_cast<int64_t>(n)]);
    EXPECT_GT(together.max().item<float>(), 0);
  }
}

// Of the last layer only [CLS] reaches the head.
TEST_F(GradCam, OfTheLastLayerIsThatOfTheFirstTokenAlone) {
  const auto map = itm(ids_, image_of_, 3);
  EXPECT_EQ(map.narrow(1, 1, 4).abs().sum().item<float>(), 0);
  EXPECT_GT(map.select(1, 0).sum().item<float>(), 0);
}

TEST_F(GradCam, LeavesNoGradientsAndNoGradientMode) {
  const torch::NoGradGuard no_grad;
  EXPECT_FALSE(itm(ids_, image_of_, 2).requires_grad());
  EXPECT_FALSE(itc(ids_, image_of_, 1).requires_grad());
  EXPECT_FALSE(torch::GradMode::is_enabled());
  for (const auto& parameter : model_->parameters()) EXPECT_FALSE(parameter.grad().defined());
}

TEST_F(GradCam, IsRefusedWhereThereIsNoSuchAttention) {
  EXPECT_THROW(itm(ids_, image_of_, 1), c10::Error);
  EXPECT_THROW(itm(ids_, image_of_, 4), c10::Error);
  EXPECT_THROW(itc(ids_, image_of_, 2), c10::Error);
  model_->train();
  EXPECT_THROW(itm(ids_, image_of_, 2), c10::Error);
}

TEST(CamLayers, AreTheAuthorsInTheirModelAndInThatProportionInOthers) {
  EXPECT_EQ(itm_cam_layer(BertOptions()), 8);
  EXPECT_EQ(itc_cam_layer(VitOptions()), 8);
  EXPECT_EQ(itm_cam_layer(tiny_bert()), 2);
  EXPECT_EQ(itc_cam_layer(tiny_vit()), 1);
}

}  // namespace
}  // namespace albef
