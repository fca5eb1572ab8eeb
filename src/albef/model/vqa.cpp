#include "albef/model/vqa.h"

#include <ATen/CPUGeneratorImpl.h>

#include "albef/model/initialise.h"

namespace albef {

BertOptions VqaOptions::decoder() const {
  BertOptions options = text;
  options.num_hidden_layers = decoder_layers;
  options.fusion_layer = 0;
  options.encoder_width = text.hidden_size;
  options.images_per_text = 1;
  return options;
}

std::vector<KeyValues> VqaParts::question_keys(const torch::Tensor& image_tokens, const TextImages& images,
                                               const TextTokens& questions) {
  const auto& layout = questions.layout;
  const auto states = text->fuse(text->encode(questions.ids, layout), layout, text->cross_keys({image_tokens}), images);
  return decoder->bert->cross_keys({layout.to_grid(states)}, layout.mask());
}

torch::Tensor VqaParts::answer_states(const std::vector<KeyValues>& question_keys, const torch::Tensor& question_of,
                                      const TextTokens& answers) {
  const auto layout = answers.layout.causal(answers.ids.device());
  return decoder->bert->fuse(decoder->bert->encode(answers.ids, layout), layout, question_keys,
                             {.texts_per_image = 0, .others = question_of});
}

VqaParts VqaImpl::make_parts(const char* suffix) {
  VqaParts parts;
  parts.vision = register_module(std::string("visual_encoder") + suffix, VisionTransformer(options_.vision));
  parts.text = register_module(std::string("text_encoder") + suffix, Bert(options_.text));
  parts.decoder = register_module(std::string("text_decoder") + suffix, TextEncoder(options_.decoder()));
  return parts;
}

VqaImpl::VqaImpl(const VqaOptions& options) : options_(options) {
  TORCH_CHECK(options_.text.encoder_width == options_.vision.width, "VQA: encoder_width ", options_.text.encoder_width,
              " is not the image encoder's width ", options_.vision.width);
  online = make_parts("");
  if (!options_.momentum_model) return;
  momentum = make_parts("_m");
  ema_ = Ema({{online.vision.ptr(), momentum.vision.ptr()},
              {online.text.ptr(), momentum.text.ptr()},
              {online.decoder.ptr(), momentum.decoder.ptr()}});
}

void VqaImpl::initialise(uint64_t seed) {
  const torch::NoGradGuard no_grad;
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  initialise_encoder(*online.vision, options_.vision.initializer_range, generator);
  initialise_encoder(*online.text, options_.text.initializer_range, generator);
  initialise_encoder(*online.decoder, options_.text.initializer_range, generator);
  if (options_.momentum_model) copy_to_momentum();
}

}  // namespace albef
