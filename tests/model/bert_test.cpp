#include "albef/model/bert.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tiny_model.h"

namespace albef {
namespace {

const std::vector<int64_t> kLengths = {4, 2, 5, 1};

torch::Tensor keep() {
  return torch::arange(5).unsqueeze(0) < torch::tensor(kLengths).unsqueeze(1);
}
torch::Tensor real_rows() {
  return keep().flatten().nonzero().squeeze(1);
}
TokenLayout padded() {
  return TokenLayout::padded(4, 5, keep());
}
TokenLayout packed() {
  return TokenLayout::packed(kLengths, torch::kCPU);
}

class BertTest : public testing::Test {
 protected:
  BertTest() {
    randomise(*bert_, 1);
    ids_ = torch::randint(1, 50, {20}, torch::kInt64) * keep().flatten();
    image_ = torch::randn({4, 5, 12});
    states_ = torch::randn({20, 24});
  }
  Bert bert_{tiny_bert()};
  torch::Tensor ids_, image_, states_;  // [B*L]; [I, P, encoder_width]; [B*L, D]
};

TEST_F(BertTest, EncodesPackedTextsAsPaddedOnes) {
  const auto on_grid = bert_->encode(ids_, padded());
  ASSERT_EQ(on_grid.sizes(), (std::vector<int64_t>{20, 24}));
  expect_near(bert_->encode(ids_.index_select(0, real_rows()), packed()), on_grid.index_select(0, real_rows()));
}

TEST_F(BertTest, EncodesEachTextAsIfItWereAlone) {
  const auto together = bert_->encode(ids_, padded()).view({4, 5, 24});
  for (int64_t b = 0; b < 4; ++b) {
    const int64_t length = kLengths[static_cast<size_t>(b)];
    expect_near(bert_->encode(ids_.narrow(0, b * 5, length), TokenLayout::padded(1, length)),
                together[b].narrow(0, 0, length));
  }
}

TEST_F(BertTest, DoesNotReadPadding) {
  const auto other = torch::where(keep().flatten(), ids_, ids_ + 7);
  const auto a = bert_->encode(ids_, padded()), b = bert_->encode(other, padded());
  expect_near(a.index_select(0, real_rows()), b.index_select(0, real_rows()), 1e-6);
}

TEST_F(BertTest, FusesPackedTextsAsPaddedOnes) {
  const auto keys = bert_->cross_keys(image_);
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key.sizes(), (std::vector<int64_t>{4, 5, 24}));
  const auto on_grid = bert_->fuse(states_, padded(), keys, {});
  expect_near(bert_->fuse(states_.index_select(0, real_rows()), packed(), keys, {}),
              on_grid.index_select(0, real_rows()));
}

TEST_F(BertTest, GivesWantedTokensAsTheFullOutputHasThem) {
  const auto keys = bert_->cross_keys(image_);
  const auto rows = states_.index_select(0, real_rows());
  const auto full = bert_->fuse(rows, packed(), keys, {});
  const WantedTokens wanted = {torch::tensor({0, 3, 4, 6, 8, 10, 11}), TokenLayout::packed({2, 1, 3, 1}, torch::kCPU)};
  expect_near(bert_->fuse(rows, packed(), keys, {}, &wanted), full.index_select(0, wanted.rows));
  const WantedTokens first = {packed().first_rows(torch::kCPU), TokenLayout::padded(4, 1)};
  expect_near(bert_->fuse(rows, packed(), keys, {}, &first), full.index_select(0, first.rows));
  const auto on_grid = bert_->fuse(states_, padded(), keys, {});
  const WantedTokens padded_first = {padded().first_rows(torch::kCPU), TokenLayout::padded(4, 1)};
  expect_near(bert_->fuse(states_, padded(), keys, {}, &padded_first), on_grid.index_select(0, padded_first.rows));
}

// Texts 0-1 look at image 0, 2-3 at image 1, and the last two at images of their own choice.
TEST_F(BertTest, ShowsEachTextTheImageItIsToSee) {
  const auto images = image_.narrow(0, 0, 2), states = torch::randn({6 * 5, 24});
  const TextImages seen = {.texts_per_image = 2, .others = torch::tensor({1, 0})};
  const auto together =
      bert_->fuse(states, TokenLayout::padded(6, 5), bert_->cross_keys(images), seen).view({6, 5, 24});
  const std::vector<int64_t> image_of = {0, 0, 1, 1, 1, 0};
  for (int64_t n = 0; n < 6; ++n) {
    const auto alone = bert_->fuse(states.narrow(0, n * 5, 5), TokenLayout::padded(1, 5),
                                   bert_->cross_keys(images.narrow(0, image_of[static_cast<size_t>(n)], 1)), {});
    expect_near(together[n], alone);
  }
}

TEST_F(BertTest, RejectsTextsWithoutAnImageAndTooLongOnes) {
  EXPECT_THROW(bert_->fuse(states_, padded(), bert_->cross_keys(image_.narrow(0, 0, 3)), {}), c10::Error);
  EXPECT_THROW(bert_->encode(torch::ones({17}, torch::kInt64), TokenLayout::padded(1, 17)), c10::Error);
  auto options = tiny_bert();
  for (const int64_t layer : {-1, 5}) {
    options.fusion_layer = layer;
    EXPECT_THROW(Bert{options}, c10::Error);
  }
}

// Keys [0, 4) of each image are real; what stands behind them must not matter.
TEST_F(BertTest, DoesNotReadPaddedKeys) {
  const auto see = (torch::arange(5) < 4).unsqueeze(0).repeat({4, 1});
  const auto mask = TokenLayout::padded(4, 5, see).mask();
  auto other = image_.clone();
  other.select(1, 4).add_(3);
  const auto fuse = [&](const torch::Tensor& keys, const torch::Tensor& key_mask, const TextImages& images) {
    return bert_->fuse(states_, padded(), bert_->cross_keys(keys, key_mask), images);
  };
  const TextImages own, chosen = {.texts_per_image = 0, .others = torch::tensor({3, 1, 1, 0})};
  for (const auto& images : {own, chosen}) {
    const auto masked = fuse(image_, mask, images);
    EXPECT_TRUE(torch::equal(masked, fuse(other, mask, images)));
    expect_near(masked, fuse(image_.narrow(1, 0, 4), {}, images));
    EXPECT_FALSE(torch::allclose(masked, fuse(image_, {}, images)));
  }
}

TEST_F(BertTest, GivesThePadRowNoGradient) {
  bert_->encode(ids_, padded()).sum().backward();
  const auto gradient = bert_->word_weight().grad();
  EXPECT_EQ(gradient[0].abs().sum().item<float>(), 0);
  EXPECT_GT(gradient[ids_[0].item<int64_t>()].abs().sum().item<float>(), 0);
}

TEST(Bert, DropsOutInTrainingOnly) {
  auto options = tiny_bert();
  options.hidden_dropout_prob = 0.5;
  Bert bert(options);
  randomise(*bert, 1);
  const auto ids = torch::randint(1, 50, {10}, torch::kInt64);
  const auto encode = [&] { return bert->encode(ids, TokenLayout::padded(2, 5)); };
  EXPECT_FALSE(torch::equal(encode(), encode()));
  bert->eval();
  EXPECT_TRUE(torch::equal(encode(), encode()));
}

// The stack as VQA's decoder: every layer attends to the states of questions.
class DecoderTest : public testing::Test {
 protected:
  DecoderTest() {
    auto options = tiny_bert();
    options.fusion_layer = 0;
    options.encoder_width = options.hidden_size;
    bert_ = Bert(options);
    randomise(*bert_, 3);
    ids_ = torch::randint(1, 50, {20}, torch::kInt64);
    questions_ = torch::randn({4, 5, 24});
  }
  torch::Tensor decode(const torch::Tensor& ids, const TokenLayout& layout) {
    const auto causal = layout.causal(torch::kCPU);
    return bert_->fuse(bert_->encode(ids, causal), causal, bert_->cross_keys(questions_, padded().mask()), {});
  }
  Bert bert_{nullptr};
  torch::Tensor ids_, questions_;  // [B*L]; [I, P, D]
};

TEST_F(DecoderTest, ShowsATokenThoseBeforeItAlone) {
  const auto whole = TokenLayout::padded(4, 5);
  const auto all = decode(ids_, whole).view({4, 5, 24});
  for (const int64_t t : {1, 3}) {
    auto later = ids_.clone().view({4, 5});
    later.narrow(1, t, 5 - t).add_(1).remainder_(50);
    const auto other = decode(later.flatten(), whole).view({4, 5, 24});
    EXPECT_TRUE(torch::equal(other.narrow(1, 0, t), all.narrow(1, 0, t)));
    EXPECT_FALSE(torch::allclose(other[2][4], all[2][4]));
    // A text that ends at t is the beginning of the whole one.
    expect_near(decode(ids_.view({4, 5}).narrow(1, 0, t).flatten(), TokenLayout::padded(4, t)).view({4, t, 24}),
                all.narrow(1, 0, t));
  }
}

TEST_F(DecoderTest, DecodesPackedTextsAsPaddedOnes) {
  expect_near(decode(ids_.index_select(0, real_rows()), packed()), decode(ids_, padded()).index_select(0, real_rows()));
}

TEST_F(DecoderTest, GathersCausalTextsAsCausalOnes) {
  for (const auto& layout : {padded(), packed()}) {
    const auto rows = torch::arange(layout.rows()).unsqueeze(1).to(torch::kFloat);
    EXPECT_TRUE(layout.causal(torch::kCPU).gather(rows, torch::tensor({1, 0})).second.is_causal());
    EXPECT_FALSE(layout.gather(rows, torch::tensor({1, 0})).second.is_causal());
  }
}

TEST_F(DecoderTest, WantsAllTokensOfCausalTexts) {
  const auto causal = padded().causal(torch::kCPU);
  const WantedTokens first = {padded().first_rows(torch::kCPU), TokenLayout::padded(4, 1)};
  EXPECT_THROW(bert_->fuse(bert_->encode(ids_, causal), causal, bert_->cross_keys(questions_), {}, &first), c10::Error);
}

// NLVR2: two pairs of fusion layers; of each the first looks at image 0, the second at image 1.
class DoubledBertTest : public testing::Test {
 protected:
  DoubledBertTest() {
    auto options = tiny_bert();
    options.num_hidden_layers = 6;
    options.images_per_text = 2;
    bert_ = Bert(options);
    randomise(*bert_, 3);
  }
  Bert bert_{nullptr};
};

TEST_F(DoubledBertTest, HoldsSharedProjectionsUnderBothNames) {
  const auto parameters = bert_->named_parameters();
  const auto name = [](int64_t layer, const std::string& part) {
    return "encoder.layer." + std::to_string(layer) + ".crossattention.self." + part;
  };
  for (const int64_t layer : {2, 4}) {
    for (const char* part : {"key.weight", "key.bias", "value.weight", "value.bias"})
      EXPECT_TRUE(parameters[name(layer, part)].is_same(parameters[name(layer + 1, part)])) << layer << part;
    EXPECT_FALSE(parameters[name(layer, "query.weight")].is_same(parameters[name(layer + 1, "query.weight")]));
  }
  EXPECT_FALSE(parameters[name(2, "key.weight")].is_same(parameters[name(4, "key.weight")]));
}

TEST_F(DoubledBertTest, LooksAtTheImagesInTurn) {
  const auto first = torch::randn({4, 5, 12}), second = torch::randn({4, 5, 12}), states = torch::randn({20, 24});
  const auto keys = bert_->cross_keys({first, second});
  ASSERT_EQ(keys.size(), 4U);
  const auto weights = bert_->named_parameters();
  for (const size_t i : {0U, 1U, 2U, 3U}) {
    const auto layer = "encoder.layer." + std::to_string(2 + i) + ".crossattention.self.value.";
    expect_near(keys[i].value,
                torch::linear(i % 2 == 0 ? first : second, weights[layer + "weight"], weights[layer + "bias"]));
  }
  const auto fused = bert_->fuse(states, padded(), keys, {});
  EXPECT_FALSE(torch::allclose(fused, bert_->fuse(states, padded(), bert_->cross_keys({second, first}), {})));
  EXPECT_THROW(bert_->cross_keys(first), c10::Error);
}

TEST(Bert, RejectsFusionLayersThatAreNoPairs) {
  auto options = tiny_bert();
  options.num_hidden_layers = 5;
  options.images_per_text = 2;
  EXPECT_THROW(Bert{options}, c10::Error);
}

TEST(Attend, IsSoftmaxOfScaledProductsPerHead) {
  torch::manual_seed(4);
  const auto q = torch::randn({2, 3, 8}), k = torch::randn({2, 5, 8}), v = torch::randn({2, 5, 8});
  const auto keep = torch::tensor({{true, true, true, false, false}, {true, true, true, true, true}});
  const auto mask = TokenLayout::padded(2, 5, keep).mask();
  std::vector<torch::Tensor> heads;
  for (int64_t h = 0; h < 2; ++h) {
    const auto part = [h](const torch::Tensor& x) { return x.narrow(2, 4 * h, 4); };
    const auto scores = part(q).matmul(part(k).transpose(1, 2)) / 2.0 + mask.squeeze(1);
    heads.push_back(torch::softmax(scores, -1).matmul(part(v)));
  }
  expect_near(attend(q, k, v, 2, mask, 0), torch::cat(heads, 2));
}

TEST(TextEncoder, TiesItsDecoderToTheWordEmbeddings) {
  TextEncoder encoder(tiny_bert());
  randomise(*encoder, 5);
  const auto states = torch::randn({3, 24}), before = encoder->mlm_logits(states);
  ASSERT_EQ(before.sizes(), (std::vector<int64_t>{3, 50}));
  {
    const torch::NoGradGuard no_grad;
    encoder->named_parameters()["bert.embeddings.word_embeddings.weight"][7].zero_();
  }
  const auto after = encoder->mlm_logits(states), bias = encoder->named_parameters()["cls.predictions.bias"];
  EXPECT_TRUE(torch::allclose(after.select(1, 7), bias[7].expand({3})));
  EXPECT_TRUE(torch::equal(after.narrow(1, 8, 42), before.narrow(1, 8, 42)));
}

}  // namespace
}  // namespace albef
