// TorchMultimodal's ALBEF (make_torchmultimodal.py): its weights, read by their names, give its encoders' outputs.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "albef/io/dialects.h"
#include "albef/io/safetensors.h"
#include "albef/model/albef.h"

namespace albef {
namespace {

AlbefOptions sizes() {
  AlbefOptions o;
  o.vision = {.image_res = 16, .patch_size = 8, .width = 16, .depth = 2, .heads = 2};
  o.text = {.hidden_size = 16,
            .num_hidden_layers = 4,
            .num_attention_heads = 2,
            .intermediate_size = 24,
            .vocab_size = 20,
            .max_position_embeddings = 8,
            .fusion_layer = 2,
            .encoder_width = 16};
  o.embed_dim = 4;
  o.queue_size = 6;
  o.id_queue = true;
  return o;
}

TEST(TorchMultimodal, ItsWeightsGiveItsOutputs) {
  const torch::NoGradGuard no_grad;
  auto file = read_safetensors(std::string(ALBEF_TEST_DATA) + "/tasks/torchmultimodal.safetensors");
  Weights weights{{}, "torchmultimodal"};
  for (const auto& [name, tensor] : file.tensors)
    if (!name.starts_with("in.") && !name.starts_with("out.")) weights.tensors[name] = tensor;
  translate_dialect(weights);
  Albef model(sizes());
  model->initialise(1);
  const auto report = load_authors(*model, weights);
  for (const auto& entry : report.initialised)
    EXPECT_TRUE(entry.name.starts_with("itm_head.") || entry.name.find(".cls.") != std::string::npos) << entry.name;
  model->eval();

  const auto& in = file.tensors;
  auto& encoders = model->online;
  const auto is_word = in.at("in.mask").to(torch::kBool);
  const auto layout = TokenLayout::padded(2, 5, is_word);
  const auto image = encoders.vision(in.at("in.image"));
  const auto text = encoders.text->bert->encode(in.at("in.ids").flatten(), layout);
  const auto fused = encoders.text->bert->fuse(text, layout, encoders.text->bert->cross_keys(image), {});
  const auto expect_near = [](const torch::Tensor& got, const torch::Tensor& want) {
    EXPECT_LT((got - want).abs().max().item<double>(), 1e-5 * want.abs().max().item<double>());
  };
  const auto words = [&](const torch::Tensor& states) { return states.view({10, -1}).index({is_word.flatten()}); };
  expect_near(image, in.at("out.image"));
  expect_near(words(text), words(in.at("out.text")));
  expect_near(words(fused), words(in.at("out.fused")));
}

}  // namespace
}  // namespace albef
