// `albef verify` on a BERT folder: the reference is a BERT written out here with LibTorch's functions.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <functional>

#include "../data/temporary_folder.h"
#include "albef/base/log.h"
#include "albef/io/safetensors.h"
#include "albef/verify/verify.h"

namespace albef::verify {
namespace {

namespace nn = torch::nn::functional;

constexpr int64_t kWidth = 24, kHeads = 3, kInner = 40, kLayers = 4, kCut = 2, kVocabulary = 50, kPositions = 16;

const std::string kConfig = R"({"hidden_size": 24, "num_hidden_layers": 4, "num_attention_heads": 3,
  "intermediate_size": 40, "vocab_size": 50, "max_position_embeddings": 16, "layer_norm_eps": 1e-12,
  "hidden_act": "gelu", "model_type": "bert"})";

// Weights by Hugging Face's names for a BertModel.
TensorMap random_bert() {
  torch::manual_seed(5);
  TensorMap w;
  const auto linear = [&w](const std::string& name, int64_t in, int64_t out) {
    w[name + ".weight"] = torch::randn({out, in}) * 0.3;
    w[name + ".bias"] = torch::randn({out}) * 0.3;
  };
  const auto norm = [&w](const std::string& name) {
    w[name + ".weight"] = 1 + torch::randn({kWidth}) * 0.3;
    w[name + ".bias"] = torch::randn({kWidth}) * 0.3;
  };
  w["embeddings.word_embeddings.weight"] = torch::randn({kVocabulary, kWidth});
  w["embeddings.position_embeddings.weight"] = torch::randn({kPositions, kWidth});
  w["embeddings.token_type_embeddings.weight"] = torch::randn({2, kWidth});
  w["embeddings.position_ids"] = torch::arange(kPositions).unsqueeze(0);
  norm("embeddings.LayerNorm");
  linear("pooler.dense", kWidth, kWidth);
  for (int64_t i = 0; i < kLayers; ++i) {
    const auto layer = "encoder.layer." + std::to_string(i) + ".";
    for (const char* part : {"query", "key", "value"}) linear(layer + "attention.self." + part, kWidth, kWidth);
    linear(layer + "attention.output.dense", kWidth, kWidth);
    norm(layer + "attention.output.LayerNorm");
    linear(layer + "intermediate.dense", kWidth, kInner);
    linear(layer + "output.dense", kInner, kWidth);
    norm(layer + "output.LayerNorm");
  }
  return w;
}

// The states [B, L, D] after kCut layers; mask [B, L].
torch::Tensor reference_states(const TensorMap& w, const torch::Tensor& ids, const torch::Tensor& mask) {
  const auto linear = [&w](const torch::Tensor& x, const std::string& name) {
    return torch::linear(x, w.at(name + ".weight"), w.at(name + ".bias"));
  };
  const auto norm = [&w](const torch::Tensor& x, const std::string& name) {
    return torch::layer_norm(x, {kWidth}, w.at(name + ".weight"), w.at(name + ".bias"), 1e-12);
  };
  const auto heads = [](const torch::Tensor& x) { return x.unflatten(-1, {kHeads, kWidth / kHeads}).transpose(1, 2); };
  const auto hidden = mask.eq(0).view({mask.size(0), 1, 1, mask.size(1)});
  auto x = nn::embedding(ids, w.at("embeddings.word_embeddings.weight")) +
           w.at("embeddings.position_embeddings.weight").narrow(0, 0, ids.size(1)) +
           w.at("embeddings.token_type_embeddings.weight")[0];
  x = norm(x, "embeddings.LayerNorm");
  for (int64_t i = 0; i < kCut; ++i) {
    const auto layer = "encoder.layer." + std::to_string(i) + ".";
    const auto part = [&](const char* name) { return heads(linear(x, layer + "attention.self." + name)); };
    const auto scores = part("query").matmul(part("key").transpose(2, 3)) / std::sqrt(double{kWidth} / kHeads);
    const auto seen = scores.masked_fill(hidden, -INFINITY).softmax(-1).matmul(part("value"));
    x = norm(x + linear(seen.transpose(1, 2).flatten(2), layer + "attention.output.dense"),
             layer + "attention.output.LayerNorm");
    x = norm(x + linear(torch::gelu(linear(x, layer + "intermediate.dense")), layer + "output.dense"),
             layer + "output.LayerNorm");
  }
  return x;
}

// A BERT folder and a golden beside it.
class TextEncoderGolden : public testing::Test {
 protected:
  TextEncoderGolden() {
    set_quiet(true);
    folder_.write("model/bert/config.json", kConfig);
    const torch::Tensor lengths = torch::tensor({3, 9, 1, 6, 9});
    mask_ = torch::arange(9).unsqueeze(0).lt(lengths.unsqueeze(1)).to(torch::kInt64);
    ids_ = torch::randint(1, kVocabulary, {5, 9}, torch::kInt64) * mask_;
  }
  Checks checks_of(const std::function<void(TensorMap& bert, TensorFile& golden)>& change) {
    auto bert = random_bert();
    TensorFile golden{.tensors = {{"input_ids", ids_.clone()},
                                  {"attention_mask", mask_.clone()},
                                  {"text_embeds", reference_states(bert, ids_, mask_)}},
                      .metadata = {{"bert_folder", "bert"}, {"fusion_layer", "2"}}};
    change(bert, golden);
    write_safetensors(folder_ / "model/bert/model.safetensors", bert);
    write_safetensors(folder_ / "model/text_encoder_x.safetensors", golden.tensors, golden.metadata);
    return verify_goldens(folder_.path());
  }
  // The one line of a golden that cannot be compared.
  std::string only_failure(const std::function<void(TensorMap&, TensorFile&)>& change) {
    const auto checks = checks_of(change);
    EXPECT_EQ(checks.size(), 1U);
    EXPECT_FALSE(checks.at(0).ok);
    EXPECT_EQ(checks.at(0).name, "text_encoder_x.safetensors");
    EXPECT_EQ(checks.at(0).detail.find('\n'), std::string::npos);
    return checks.at(0).detail;
  }

  TemporaryFolder folder_;
  torch::Tensor ids_, mask_;
};

TEST_F(TextEncoderGolden, AgreesPaddedAndPacked) {
  const auto checks = checks_of([](TensorMap&, TensorFile&) {});
  ASSERT_EQ(checks.size(), 3U);
  for (const auto& check : checks) {
    EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
    EXPECT_FALSE(check.skipped);
  }
}

TEST_F(TextEncoderGolden, FailsForAStateThatIsOff) {
  const auto checks =
      checks_of([](TensorMap&, TensorFile& golden) { golden.tensors.at("text_embeds")[3][5][7] += 1e-2; });
  ASSERT_EQ(checks.size(), 3U);
  EXPECT_TRUE(checks[0].ok);
  EXPECT_FALSE(checks[1].ok);
  EXPECT_FALSE(checks[2].ok);
}

TEST_F(TextEncoderGolden, DoesNotCompareWhatStandsInPadding) {
  const auto checks = checks_of([](TensorMap&, TensorFile& golden) { golden.tensors.at("text_embeds")[3][6] += 1; });
  for (const auto& check : checks) EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
}

TEST_F(TextEncoderGolden, FailsForAWeightOnEitherSideOfTheCutThatIsNotInTheFolder) {
  for (const std::string name : {"encoder.layer.1.attention.self.key.bias", "encoder.layer.3.output.dense.weight"}) {
    const auto checks = checks_of([&](TensorMap& bert, TensorFile&) { bert.erase(name); });
    ASSERT_EQ(checks.size(), 3U);
    EXPECT_FALSE(checks[0].ok);
    EXPECT_NE(checks[0].detail.find(name), std::string::npos) << checks[0].detail;
  }
}

TEST_F(TextEncoderGolden, IsOneFailingLineWhereItCannotBeCompared) {
  const auto expect = [this](const std::function<void(TensorMap&, TensorFile&)>& change, const std::string& part) {
    const auto why = only_failure(change);
    EXPECT_NE(why.find(part), std::string::npos) << part << " in: " << why;
  };
  expect([](TensorMap&, TensorFile& golden) { golden.metadata["bert_folder"] = "nowhere"; }, "nowhere is no folder");
  expect([](TensorMap&, TensorFile& golden) { golden.metadata.erase("fusion_layer"); }, "lacks fusion_layer");
  expect([](TensorMap&, TensorFile& golden) { golden.metadata["fusion_layer"] = "4"; }, "leaves no fusion layer");
  expect([](TensorMap&, TensorFile& golden) { golden.metadata["fusion_layer"] = "two"; }, "fusion_layer");
  expect([](TensorMap&, TensorFile& golden) { golden.tensors.erase("text_embeds"); }, "has no tensor text_embeds");
  expect(
      [](TensorMap&, TensorFile& golden) {
        golden.tensors["attention_mask"] = torch::ones({5, 8}, torch::kInt64);
      },
      "[N, L] int64");
  expect([](TensorMap&, TensorFile& golden) { golden.tensors["attention_mask"][1][4] = 0; }, "then 0");
  expect(
      [](TensorMap&, TensorFile& golden) {
        golden.tensors["text_embeds"] = torch::ones({5, 9});
      },
      "expected [5, 9, 24]");
  expect([](TensorMap&, TensorFile& golden) { golden.tensors["input_ids"][0][0] = kVocabulary; }, "50 words");
  std::filesystem::remove(folder_ / "model/bert/config.json");
  expect([](TensorMap&, TensorFile&) {}, "config.json");
}

}  // namespace
}  // namespace albef::verify
