#include "albef/model/text_assigner.h"

#include <ATen/CPUGeneratorImpl.h>

#include "albef/model/initialise.h"

namespace albef {

TextAssignerImpl::TextAssignerImpl(const TextAssignerOptions& options) : options_(options) {
  TORCH_CHECK(options_.text.images_per_text == 2, "TextAssigner: a text is about two pictures, not ",
              options_.text.images_per_text);
  temp = register_parameter("temp", torch::tensor(static_cast<float>(options_.temp)));
  vision = register_module("visual_encoder", VisionTransformer(options_.vision));
  text = register_module("text_encoder", Bert(options_.text));
  vision_proj = register_module("vision_proj", torch::nn::Linear(options_.vision.width, options_.embed_dim));
  text_proj = register_module("text_proj", torch::nn::Linear(options_.text.hidden_size, options_.embed_dim));
  head = register_module("ta_head", torch::nn::Linear(options_.text.hidden_size, kClasses));
}

void TextAssignerImpl::initialise(uint64_t seed) {
  const torch::NoGradGuard no_grad;
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  temp.fill_(options_.temp);
  initialise_encoder(*vision, options_.vision.initializer_range, generator);
  initialise_encoder(*text, options_.text.initializer_range, generator);
  for (auto linear : {vision_proj, text_proj, head}) initialise_default(linear, generator);
}

}  // namespace albef
