// What the model has ready for VQA and NLVR2 (decoder, padded keys, doubled layers, averages of any modules), against
// the numbers of the authors' code.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>

#include "../model/tiny_model.h"
#include "albef/io/safetensors.h"
#include "albef/io/weights.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

const fs::path kFolder = fs::path(ALBEF_TEST_DATA) / "goldens/model";

VitOptions vit() {
  return {.image_res = 32, .patch_size = 8, .width = 24, .depth = 2, .heads = 3};
}

BertOptions bert() {
  return {.hidden_size = 24,
          .num_hidden_layers = 4,
          .num_attention_heads = 3,
          .intermediate_size = 48,
          .hidden_dropout_prob = 0,
          .attention_probs_dropout_prob = 0,
          .vocab_size = 112,
          .max_position_embeddings = 40,
          .fusion_layer = 2,
          .encoder_width = 24};
}

TokenLayout layout_of(const torch::Tensor& mask) {
  return TokenLayout::padded(mask.size(0), mask.size(1), mask.to(torch::kBool));
}

void load(torch::nn::Module& module, const char* name, const std::vector<std::string>& others) {
  load_authors(module, read_weights(kFolder / name), {.allow = others});
}

struct Nlvr : torch::nn::Module {
  Nlvr() {
    auto doubled = bert();
    doubled.num_hidden_layers = 18;
    doubled.fusion_layer = 6;
    doubled.images_per_text = 2;
    vision = register_module("visual_encoder", VisionTransformer(vit()));
    text = register_module("text_encoder", TextEncoder(doubled));
    head = register_module(
        "cls_head", torch::nn::Sequential(torch::nn::Linear(24, 24), torch::nn::ReLU(), torch::nn::Linear(24, 2)));
  }
  VisionTransformer vision{nullptr};
  TextEncoder text{nullptr};
  torch::nn::Sequential head{nullptr};
};

TEST(DoubledLayers, AreNlvr2s) {
  const auto golden = read_safetensors(kFolder / "nlvr.safetensors").tensors;
  Nlvr model;
  load(model, "nlvr.pth", {"visual_encoder_m.", "text_encoder_m.", "cls_head_m."});
  const auto& ids = golden.at("input_ids");
  const auto layout = layout_of(golden.at("attention_mask"));
  const auto images = model.vision(golden.at("image")).chunk(2);
  const auto states = model.text->bert->encode(ids.flatten(), layout);
  const auto fused = model.text->bert->fuse(states, layout, model.text->bert->cross_keys(images), {});
  expect_near(model.head->forward(fused.view({ids.size(0), ids.size(1), -1}).select(1, 0)),
              golden.at("eval.prediction"));
}

struct Vqa : torch::nn::Module {
  Vqa() {
    auto decoder_options = bert();
    decoder_options.num_hidden_layers = 6;
    decoder_options.fusion_layer = 0;
    for (const std::string end : {"", "_m"}) {
      vision.push_back(register_module("visual_encoder" + end, VisionTransformer(vit())));
      encoder.push_back(register_module("text_encoder" + end, TextEncoder(bert())));
      decoder.push_back(register_module("text_decoder" + end, TextEncoder(decoder_options)));
    }
  }
  // Logits [N, L, V] of answers, the n-th for question question_of[n].
  torch::Tensor logits(size_t which, const TensorMap& golden, const torch::Tensor& question_of) {
    const auto questions = layout_of(golden.at("question_mask")),
               answers = layout_of(golden.at("answer_mask")).causal(torch::kCPU);
    auto& stack = encoder[which]->bert;
    const auto asked = stack->fuse(stack->encode(golden.at("question_ids").flatten(), questions), questions,
                                   stack->cross_keys(vision[which](golden.at("image"))), {});
    auto& top = decoder[which]->bert;
    const auto out = top->fuse(top->encode(golden.at("answer_ids").flatten(), answers), answers,
                               top->cross_keys(questions.to_grid(asked), questions.mask()),
                               {.texts_per_image = 0, .others = question_of});
    return decoder[which]->mlm_logits(out).view({answers.batch(), answers.length(), -1});
  }
  std::vector<VisionTransformer> vision;
  std::vector<TextEncoder> encoder, decoder;
};

// Position t predicts token t+1; sums over tokens, weights, mean over images; gradients through the online model.
TEST(Decoder, IsVqas) {
  const auto golden = read_safetensors(kFolder / "vqa.safetensors").tensors;
  Vqa model;
  load(model, "vqa.pth", {});
  Ema ema({{model.vision[0].ptr(), model.vision[1].ptr()},
           {model.encoder[0].ptr(), model.encoder[1].ptr()},
           {model.decoder[0].ptr(), model.decoder[1].ptr()}});
  ema.update(0.995);
  const auto& k = golden.at("k");
  const auto question_of = torch::repeat_interleave(torch::arange(k.size(0)), k);
  const auto log_p = model.logits(0, golden, question_of).log_softmax(-1);
  const auto q = model.logits(1, golden, question_of).softmax(-1).detach();
  const int64_t last = log_p.size(1) - 1;
  const auto next = golden.at("answer_ids").narrow(1, 1, last);
  const auto counts = golden.at("answer_mask").narrow(1, 1, last).to(torch::kFloat);
  const auto before = log_p.narrow(1, 0, last);
  const auto hard = -before.gather(2, next.unsqueeze(2)).squeeze(2);
  const auto soft = -(q.narrow(1, 0, last) * before).sum(2);
  const double alpha = golden.at("alpha").item<double>();
  const auto each = (((1 - alpha) * hard + alpha * soft) * counts).sum(1);
  const auto loss = (golden.at("weights") * each).sum() / k.size(0);
  EXPECT_NEAR(loss.item<double>(), golden.at("loss").item<double>(), 1e-5 * golden.at("loss").item<double>());
  loss.backward();
  const auto parameters = model.named_parameters();
  for (const char* name : {"text_decoder.bert.encoder.layer.3.crossattention.self.value.weight",
                           "text_decoder.bert.encoder.layer.0.attention.self.query.weight",
                           "text_decoder.bert.embeddings.word_embeddings.weight"}) {
    expect_near(parameters[name].grad(), golden.at(std::string("grad.") + name));
  }
}

}  // namespace
}  // namespace albef
