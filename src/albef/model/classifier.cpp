#include "albef/model/classifier.h"

#include <ATen/CPUGeneratorImpl.h>

#include <string>

#include "albef/model/initialise.h"

namespace albef {

MlpHeadImpl::MlpHeadImpl(int64_t width, int64_t classes) {
  hidden = register_module("0", torch::nn::Linear(width, width));
  out = register_module("2", torch::nn::Linear(width, classes));
}

torch::Tensor MlpHeadImpl::forward(const torch::Tensor& x) {
  return out(torch::relu(hidden(x)));
}

torch::Tensor ClassifierParts::logits(at::TensorList image_tokens, const TextImages& images, const TextTokens& texts) {
  const auto states = text->encode(texts.ids, texts.layout);
  return head(text->fuse_first(states, texts.layout, text->cross_keys(image_tokens), images));
}

ClassifierParts ClassifierImpl::make_parts(const char* suffix) {
  ClassifierParts parts;
  parts.vision = register_module(std::string("visual_encoder") + suffix, VisionTransformer(options_.vision));
  parts.text = register_module(std::string("text_encoder") + suffix, Bert(options_.text));
  parts.head = register_module(std::string("cls_head") + suffix, MlpHead(options_.text.hidden_size, options_.classes));
  return parts;
}

ClassifierImpl::ClassifierImpl(const ClassifierOptions& options) : options_(options) {
  TORCH_CHECK(options_.text.encoder_width == options_.vision.width, "Classifier: encoder_width ",
              options_.text.encoder_width, " is not the image encoder's width ", options_.vision.width);
  online = make_parts("");
  if (!options_.momentum_model) return;
  momentum = make_parts("_m");
  ema_ = Ema({{online.vision.ptr(), momentum.vision.ptr()},
              {online.text.ptr(), momentum.text.ptr()},
              {online.head.ptr(), momentum.head.ptr()}});
}

void ClassifierImpl::initialise(uint64_t seed) {
  const torch::NoGradGuard no_grad;
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  initialise_encoder(*online.vision, options_.vision.initializer_range, generator);
  initialise_encoder(*online.text, options_.text.initializer_range, generator);
  initialise_default(online.head->hidden, generator);
  initialise_default(online.head->out, generator);
  if (options_.momentum_model) copy_to_momentum();
}

}  // namespace albef
