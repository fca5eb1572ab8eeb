// A model that is small, yet has all parts, with weights large enough that every input shows in every output.
#pragma once
#include <torch/torch.h>

#include "albef/model/albef.h"

namespace albef {

inline VitOptions tiny_vit() {
  return {.image_res = 16, .patch_size = 8, .width = 12, .depth = 2, .heads = 3};
}  // P = 5

/// Two text layers, two fusion layers; no dropout.
inline BertOptions tiny_bert() {
  return {.hidden_size = 24,
          .num_hidden_layers = 4,
          .num_attention_heads = 3,
          .intermediate_size = 40,
          .hidden_dropout_prob = 0,
          .attention_probs_dropout_prob = 0,
          .vocab_size = 50,
          .max_position_embeddings = 16,
          .fusion_layer = 2,
          .encoder_width = 12};
}

inline AlbefOptions tiny_albef() {
  return {.vision = tiny_vit(), .text = tiny_bert(), .embed_dim = 8, .queue_size = 12};
}

inline void randomise(torch::nn::Module& module, uint64_t seed, double scale = 0.3) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(seed);
  for (const auto& item : module.named_parameters()) {
    const bool gain = item.key().find("orm") != std::string::npos && item.key().ends_with("weight");
    if (item.key() != "temp") item.value().normal_(gain ? 1 : 0, scale);
  }
}

/// Weights drawn from `seed`; the momentum model's are others than the online model's.
inline Albef tiny_model(uint64_t seed = 1, const AlbefOptions& options = tiny_albef()) {
  Albef model(options);
  model->initialise(seed);
  randomise(*model, seed, 0.2);
  return model;
}

/// |a - b| <= tolerance * max|b|
inline void expect_near(const torch::Tensor& a, const torch::Tensor& b, double tolerance = 1e-5) {
  ASSERT_EQ(a.sizes(), b.sizes());
  const double off = (a - b).abs().max().item<double>();
  EXPECT_LE(off, tolerance * b.abs().max().item<double>()) << a << b;
}

}  // namespace albef
