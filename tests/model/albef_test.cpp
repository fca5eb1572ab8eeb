#include "albef/model/albef.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "albef/model/autocast.h"
#include "tiny_model.h"

namespace albef {
namespace {

std::vector<torch::Tensor> copy(const Albef& model) {
  std::vector<torch::Tensor> all;
  for (const auto& tensor : model->parameters()) all.push_back(tensor.detach().clone());
  for (const auto& tensor : model->buffers()) all.push_back(tensor.clone());
  return all;
}

bool same(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return torch::equal(x, y); });
}

TEST(Albef, InitialisesAlikeFromTheSameSeedOnly) {
  Albef a(tiny_albef()), b(tiny_albef());
  a->initialise(5);
  torch::manual_seed(99);  // the global generator is not asked
  b->initialise(5);
  EXPECT_TRUE(same(copy(a), copy(b)));
  b->initialise(6);
  EXPECT_FALSE(same(copy(a), copy(b)));
}

TEST(Albef, InitialisesAsTheAuthorsDo) {
  Albef model(tiny_albef());
  model->initialise(1);
  const auto p = model->named_parameters();
  const auto deviation = [&](const char* name) { return p[name].std().item<double>(); };
  EXPECT_NEAR(deviation("text_encoder.bert.embeddings.word_embeddings.weight"), 0.02, 0.002);
  EXPECT_NEAR(deviation("text_encoder.bert.encoder.layer.3.crossattention.self.key.weight"), 0.02, 0.004);
  EXPECT_NEAR(deviation("visual_encoder.blocks.0.mlp.fc1.weight"), 0.02, 0.003);
  EXPECT_NEAR(deviation("vision_proj.weight"), 1 / std::sqrt(12.0) / std::sqrt(3.0), 0.03);
  EXPECT_LE(p["itm_head.weight"].abs().max().item<double>(), 1 / std::sqrt(24.0));
  EXPECT_TRUE(p["text_encoder.bert.embeddings.LayerNorm.weight"].eq(1).all().item<bool>());
  EXPECT_TRUE(p["visual_encoder.norm.weight"].eq(1).all().item<bool>());
  EXPECT_TRUE(p["text_encoder.bert.encoder.layer.0.attention.self.query.bias"].eq(0).all().item<bool>());
  EXPECT_TRUE(p["visual_encoder.blocks.1.attn.qkv.bias"].eq(0).all().item<bool>());
  EXPECT_FLOAT_EQ(p["temp"].item<float>(), 0.07F);
  for (const auto& queue : {model->queue.image, model->queue.text}) expect_near(queue.norm(2, {0}), torch::ones({12}));
}

TEST(Albef, StartsItsMomentumModelAsACopyWithoutGradient) {
  Albef model(tiny_albef());
  model->initialise(1);
  const auto p = model->named_parameters();
  size_t copies = 0;
  for (const auto& item : p) {
    const auto mark = item.key().find("_m.");
    EXPECT_EQ(item.value().requires_grad(), mark == std::string::npos) << item.key();
    if (mark == std::string::npos) continue;
    auto online = item.key();
    EXPECT_TRUE(torch::equal(item.value(), p[online.erase(mark, 2)])) << item.key();
    ++copies;
  }
  EXPECT_EQ(p.size(), 2 * copies + 3);  // but temp and itm_head's weight and bias
}

TEST(Albef, MovesMomentumWeightsByTheirFormula) {
  auto model = tiny_model();
  const auto before = copy(model);
  const auto names = model->named_parameters().keys();
  model->update_momentum(0.995);
  const auto p = model->named_parameters();
  for (size_t i = 0; i < names.size(); ++i) {
    const auto mark = names[i].find("_m.");
    if (mark == std::string::npos) {
      EXPECT_TRUE(torch::equal(p[names[i]], before[i])) << names[i];
    } else {
      auto online = names[i];
      const auto wanted = 0.995 * before[i] + 0.005 * p[online.erase(mark, 2)];
      EXPECT_TRUE(torch::allclose(p[names[i]], wanted, 0, 1e-6)) << names[i];
    }
  }
}

TEST(Albef, HasNeitherCopiesNorQueuesWithoutAMomentumModel) {
  auto options = tiny_albef();
  options.momentum_model = false;
  Albef model(options);
  model->initialise(1);
  for (const auto& name : model->named_parameters().keys()) EXPECT_EQ(name.find("_m."), std::string::npos);
  EXPECT_TRUE(model->buffers().empty());
}

TEST(Albef, DrawsFreshWeightsOfTheWidthThatIsAskedFor) {
  auto options = tiny_albef();
  options.vision.initializer_range = 0.06;
  options.text.initializer_range = 0.09;
  Albef model(options);
  model->initialise(1);
  const auto weights = model->named_parameters();
  EXPECT_NEAR(weights["visual_encoder.blocks.0.mlp.fc1.weight"].std().item<double>(), 0.06, 0.006);
  EXPECT_NEAR(weights["visual_encoder.pos_embed"].std().item<double>(), 0.06, 0.012);
  EXPECT_NEAR(weights["text_encoder.bert.encoder.layer.0.intermediate.dense.weight"].std().item<double>(), 0.09, 0.009);
  EXPECT_EQ(weights["visual_encoder.norm.weight"].min().item<double>(), 1);
}

TEST(Albef, ClampsItsTemperature) {
  auto model = tiny_model();
  const torch::NoGradGuard no_grad;
  for (const auto& [from, to] : {std::pair{-1.0, 0.001}, std::pair{0.2, 0.2}, std::pair{3.0, 0.5}}) {
    model->temp.fill_(from);
    model->clamp_temperature();
    EXPECT_FLOAT_EQ(model->temp.item<float>(), static_cast<float>(to));
  }
}

TEST(Albef, ClampsItsTemperatureToWhatTheOptionsSay) {
  auto options = tiny_albef();
  options.temp_min = 0.05;
  options.temp_max = 0.1;
  Albef model(options);
  const torch::NoGradGuard no_grad;
  for (const auto& [from, to] : {std::pair{0.01, 0.05}, std::pair{0.07, 0.07}, std::pair{0.2, 0.1}}) {
    model->temp.fill_(from);
    model->clamp_temperature();
    EXPECT_FLOAT_EQ(model->temp.item<float>(), static_cast<float>(to));
  }
}

TEST(Albef, FeaturesAreUnitRowsOfTheFirstToken) {
  auto model = tiny_model();
  auto& online = model->online;
  const auto tokens = torch::randn({3, 5, 12}), states = torch::randn({10, 24});
  const auto image = online.image_feature(tokens);
  expect_near(image, torch::nn::functional::normalize(online.vision_proj(tokens.select(1, 0))));
  expect_near(image.norm(2, {1}), torch::ones({3}));
  const auto layout = TokenLayout::packed({3, 6, 1}, torch::kCPU);
  expect_near(online.text_feature(states, layout),
              torch::nn::functional::normalize(online.text_proj(states.index_select(0, torch::tensor({0, 3, 9})))));
}

TEST(Albef, KeepsIdsOnlyWhereAskedTo) {
  Albef without(tiny_albef());
  EXPECT_EQ(without->named_buffers().find("idx_queue"), nullptr);
  auto options = tiny_albef();
  options.id_queue = true;
  Albef with(options);
  with->initialise(1);
  EXPECT_TRUE(with->named_buffers()["idx_queue"].eq(-100).all().item<bool>());
}

TEST(Albef, RejectsAnEncoderWidthThatIsNotTheImageEncodersAndAStackWithoutTextEncoder) {
  auto options = tiny_albef();
  options.text.encoder_width = 24;
  EXPECT_THROW(Albef{options}, c10::Error);
  options = tiny_albef();
  options.text.fusion_layer = 0;
  EXPECT_THROW(Albef{options}, c10::Error);
}

TEST(Autocast, RunsProductsInBfloat16WhileItLives) {
  const auto x = torch::randn({2, 2});
  {
    const Autocast autocast(torch::kCPU, true);
    EXPECT_EQ(torch::mm(x, x).scalar_type(), torch::kBFloat16);
    {
      const Autocast off(torch::kCPU, false);
      EXPECT_EQ(torch::mm(x, x).scalar_type(), torch::kFloat);
    }
    EXPECT_EQ(torch::mm(x, x).scalar_type(), torch::kBFloat16);
  }
  EXPECT_EQ(torch::mm(x, x).scalar_type(), torch::kFloat);
}

}  // namespace
}  // namespace albef
