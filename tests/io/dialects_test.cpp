// The names are those that torchmultimodal-nightly 2024.4.1 gives to an ALBEFModelWithSimilarity of one layer each;
// tools/check_convert compares the outputs of its encoders.
#include "albef/io/dialects.h"

#include <torch/torch.h>

#include "albef/io/safetensors.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

const std::vector<std::pair<std::string, std::string>> kNames = {
    {"vision_encoder.encoder.class_token", "visual_encoder.cls_token"},
    {"vision_encoder.encoder.conv_proj.weight", "visual_encoder.patch_embed.proj.weight"},
    {"vision_encoder.encoder.encoder.pos_embedding", "visual_encoder.pos_embed"},
    {"vision_encoder.encoder.encoder.layers.encoder_layer_0.ln_1.weight", "visual_encoder.blocks.0.norm1.weight"},
    {"vision_encoder.encoder.encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
     "visual_encoder.blocks.0.attn.qkv.weight"},
    {"vision_encoder.encoder.encoder.layers.encoder_layer_0.self_attention.in_proj_bias",
     "visual_encoder.blocks.0.attn.qkv.bias"},
    {"vision_encoder.encoder.encoder.layers.encoder_layer_0.self_attention.out_proj.bias",
     "visual_encoder.blocks.0.attn.proj.bias"},
    {"vision_encoder.encoder.encoder.layers.encoder_layer_0.ln_2.bias", "visual_encoder.blocks.0.norm2.bias"},
    {"vision_encoder.encoder.encoder.layers.encoder_layer_0.mlp.0.weight", "visual_encoder.blocks.0.mlp.fc1.weight"},
    {"vision_encoder.encoder.encoder.layers.encoder_layer_0.mlp.3.weight", "visual_encoder.blocks.0.mlp.fc2.weight"},
    {"vision_encoder.encoder.encoder.ln.weight", "visual_encoder.norm.weight"},
    {"vision_encoder_m.encoder.encoder.ln.weight", "visual_encoder_m.norm.weight"},
    {"text_encoder.embeddings.word_embeddings.weight", "text_encoder.embeddings.word_embeddings.weight"},
    {"text_encoder.embeddings.layer_norm.weight", "text_encoder.embeddings.LayerNorm.weight"},
    {"text_encoder.encoder.layer.1.attention.query.weight", "text_encoder.encoder.layer.1.attention.self.query.weight"},
    {"text_encoder.encoder.layer.1.attention.output.weight",
     "text_encoder.encoder.layer.1.attention.output.dense.weight"},
    {"text_encoder.encoder.layer.1.feedforward.model.0.bias", "text_encoder.encoder.layer.1.intermediate.dense.bias"},
    {"text_encoder.encoder.layer.1.feedforward.model.3.bias", "text_encoder.encoder.layer.1.output.dense.bias"},
    {"text_encoder.encoder.layer.1.attention_layernorm.bias",
     "text_encoder.encoder.layer.1.attention.output.LayerNorm.bias"},
    {"text_encoder_m.encoder.layer.1.feedforward_layernorm.bias",
     "text_encoder_m.encoder.layer.1.output.LayerNorm.bias"},
    {"multimodal_encoder.layer.0.attention.key.bias", "text_encoder.encoder.layer.2.attention.self.key.bias"},
    {"multimodal_encoder.layer.0.cross_attention.value.weight",
     "text_encoder.encoder.layer.2.crossattention.self.value.weight"},
    {"multimodal_encoder.layer.0.cross_attention.output.weight",
     "text_encoder.encoder.layer.2.crossattention.output.dense.weight"},
    {"multimodal_encoder.layer.0.feedforward.model.2.weight", "text_encoder.encoder.layer.2.output.dense.weight"},
    {"multimodal_encoder_m.layer.0.cross_attention_layernorm.weight",
     "text_encoder_m.encoder.layer.2.crossattention.output.LayerNorm.weight"}};

TEST(Dialects, TorchMultimodalsNamesAreTranslated) {
  const TemporaryFolder folder;
  for (const std::string wrapper : {"", "albef_model."}) {
    TensorMap tensors = {{"temp", torch::tensor(0.5)}, {"vision_proj.weight", torch::ones({2, 3})}};
    for (size_t i = 0; i < kNames.size(); ++i) tensors[wrapper + kNames[i].first] = torch::tensor(double(i));
    write_safetensors(folder / "theirs.safetensors", tensors);
    const Weights read = read_weights(folder / "theirs.safetensors");
    EXPECT_EQ(read.tensors.size(), tensors.size());
    EXPECT_NE(read.note.find("TorchMultimodal"), std::string::npos);
    EXPECT_TRUE(read.tensors.contains("temp") && read.tensors.contains("vision_proj.weight"));
    for (size_t i = 0; i < kNames.size(); ++i) {
      ASSERT_TRUE(read.tensors.contains(kNames[i].second)) << kNames[i].second;
      EXPECT_EQ(read.tensors.at(kNames[i].second).item<double>(), static_cast<double>(i)) << kNames[i].second;
    }
  }
}

TEST(Dialects, OtherNamesStayAsTheyAre) {
  Weights weights{{{"text_encoder.encoder.layer.0.attention.query.weight", torch::zeros({1})}}, "x"};
  translate_dialect(weights);
  EXPECT_EQ(weights.tensors.begin()->first, "text_encoder.encoder.layer.0.attention.query.weight");
  EXPECT_EQ(weights.note, "");
}

TEST(Dialects, TwoNamesThatBecomeOneAreRefused) {
  const auto one = torch::zeros({1});
  Weights weights{{{"vision_encoder.encoder.encoder.layers.encoder_layer_0.mlp.0.bias", one},
                   {"vision_encoder.encoder.encoder.layers.encoder_layer_0.mlp.linear_1.bias", one}},
                  "x.pth"};
  EXPECT_NE(error_of([&] { translate_dialect(weights); }).find("two tensors are for"), std::string::npos);
}

}  // namespace
}  // namespace albef
