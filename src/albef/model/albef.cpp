#include "albef/model/albef.h"

#include <ATen/CPUGeneratorImpl.h>

#include <string>

#include "albef/model/initialise.h"
#include "albef/model/unit_rows.h"

namespace albef {

torch::Tensor Encoders::image_feature(const torch::Tensor& image_tokens) {
  return unit_rows(vision_proj(image_tokens.select(1, 0)));
}

torch::Tensor Encoders::text_feature(const torch::Tensor& text_states, const TokenLayout& layout) {
  return unit_rows(text_proj(select_rows(text_states, layout.first_rows(text_states.device()))));
}

Encoders AlbefImpl::make_encoders(const char* suffix) {
  const auto& o = options_;
  Encoders e;
  e.vision = register_module(std::string("visual_encoder") + suffix, VisionTransformer(o.vision));
  e.text = register_module(std::string("text_encoder") + suffix, TextEncoder(o.text));
  e.vision_proj = register_module(std::string("vision_proj") + suffix, torch::nn::Linear(o.vision.width, o.embed_dim));
  e.text_proj = register_module(std::string("text_proj") + suffix, torch::nn::Linear(o.text.hidden_size, o.embed_dim));
  return e;
}

AlbefImpl::AlbefImpl(const AlbefOptions& options) : options_(options) {
  TORCH_CHECK(options_.text.encoder_width == options_.vision.width, "ALBEF: encoder_width ",
              options_.text.encoder_width, " is not the image encoder's width ", options_.vision.width);
  TORCH_CHECK(options_.text.fusion_layer > 0, "ALBEF: fusion_layer 0 leaves no text encoder");
  temp = register_parameter("temp", torch::tensor(static_cast<float>(options_.temp)));
  online = make_encoders("");
  itm_head = register_module("itm_head", torch::nn::Linear(options_.text.hidden_size, 2));
  if (!options_.momentum_model) return;
  momentum = make_encoders("_m");
  ema_ = Ema({{online.vision.ptr(), momentum.vision.ptr()},
              {online.text.ptr(), momentum.text.ptr()},
              {online.vision_proj.ptr(), momentum.vision_proj.ptr()},
              {online.text_proj.ptr(), momentum.text_proj.ptr()}});
  queue = FeatureQueue(*this, options_.embed_dim, options_.queue_size, options_.id_queue);
}

void AlbefImpl::initialise(uint64_t seed) {
  const torch::NoGradGuard no_grad;
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  temp.fill_(options_.temp);
  initialise_encoder(*online.vision, options_.vision.initializer_range, generator);
  initialise_encoder(*online.text, options_.text.initializer_range, generator);
  for (auto linear : {online.vision_proj, online.text_proj, itm_head}) initialise_default(linear, generator);
  if (!options_.momentum_model) return;
  queue.initialise(generator);
  copy_to_momentum();
}

void AlbefImpl::place(torch::Device device) {
  to(device);
  queue.keep_pointer_on_host();
}

void AlbefImpl::clamp_temperature() {
  if (options_.temp_min <= 0) return;
  const torch::NoGradGuard no_grad;
  temp.clamp_(options_.temp_min, options_.temp_max);
}

}  // namespace albef
