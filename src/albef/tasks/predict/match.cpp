#include "albef/tasks/predict/match.h"

#include "albef/base/error.h"
#include "albef/data/eval_images.h"
#include "albef/model/autocast.h"
#include "albef/model/unit_rows.h"
#include "albef/tasks/common/picture_texts.h"
#include "albef/tasks/retrieval/rerank.h"

namespace albef {
namespace {

Matches match_batch(Albef& model, Encoders& encoders, const PictureTexts& batch, const MatchOptions& options,
                    torch::Device device) {
  const Autocast autocast(device, options.compute.bf16);
  const auto texts = make_texts(batch.texts, options.compute.packed, device);
  return match_tokens(model, encoders, encoders.vision(pixels_on(device, batch.pixels)),
                      to_device(batch.picture_of[0], device), texts, options.itm);
}

}  // namespace

Matches match_tokens(Albef& model, Encoders& encoders, const torch::Tensor& image_tokens, const torch::Tensor& image_of,
                     const TextTokens& texts, bool itm) {
  const auto states = encoders.text->bert->encode(texts.ids, texts.layout);
  const auto of_images = encoders.image_feature(image_tokens).index_select(0, image_of),
             of_texts = encoders.text_feature(states, texts.layout);
  Matches matches{.similarity = (of_images * of_texts).sum(1).cpu(), .probability = {}};
  if (!itm) return matches;
  const auto keys = encoders.text->bert->cross_keys(image_tokens);
  const auto fused =
      encoders.text->bert->fuse_first(states, texts.layout, keys, {.texts_per_image = 0, .others = image_of});
  matches.probability = model->itm_head(fused).to(torch::kFloat).softmax(1).select(1, 1).cpu();
  return matches;
}

Matches match(Albef& model, Encoders& encoders, const LabelledList& list, const CaptionEncoder& encoder,
              Pictures& pictures, const MatchOptions& options, torch::Device device) {
  TORCH_CHECK(!model->is_training(), "match: the model is in training mode");
  const torch::NoGradGuard no_grad;
  const auto sentences = sentences_of(list, encoder);
  PictureTextReader reader(sentences, pictures, encoders.vision->options().image_res, options.batch_size,
                           options.loader_threads);
  const auto count = std::ssize(list.examples);
  Matches all{.similarity = torch::empty({count}),
              .probability = options.itm ? torch::empty({count}) : torch::Tensor()};
  while (const auto batch = reader.next()) {
    const auto some = match_batch(model, encoders, *batch, options, device);
    const auto places = torch::tensor(std::vector<int64_t>(batch->items.begin(), batch->items.end()), torch::kInt64);
    all.similarity.index_copy_(0, places, some.similarity);
    if (options.itm) all.probability.index_copy_(0, places, some.probability);
  }
  return all;
}

torch::Tensor image_features(Encoders& encoders, const std::vector<std::string>& paths, Pictures& pictures,
                             const MatchOptions& options, torch::Device device) {
  const torch::NoGradGuard no_grad;
  EvalImages images(paths, pictures,
                    {.resolution = static_cast<int>(encoders.vision->options().image_res),
                     .batch_size = options.batch_size,
                     .threads = static_cast<int>(options.loader_threads)});
  std::vector<torch::Tensor> features;
  while (auto batch = images.next()) {
    const Autocast autocast(device, options.compute.bf16);
    const auto pixels =
        torch::from_blob(batch->pixels.data(), {batch->size, batch->resolution, batch->resolution, 3}, torch::kUInt8);
    features.push_back(encoders.image_feature(encoders.vision(pixels_on(device, pixels))).cpu());
  }
  if (features.empty()) return torch::empty({0, encoders.vision_proj->options.out_features()});
  return torch::cat(features);
}

torch::Tensor class_features(Encoders& encoders, const std::vector<std::string>& names,
                             const std::vector<std::string>& templates, const CaptionEncoder& encoder,
                             const MatchOptions& options, torch::Device device) {
  constexpr int64_t kTextBatch = 256;
  std::vector<std::vector<int64_t>> ids;
  for (const auto& name : names) {
    for (auto sentence : templates) {
      const size_t at = sentence.find("{}");
      if (at == std::string::npos)
        fail("the template '", printable(sentence), "' has no {}, where a class's name goes: 'a photo of a {}'");
      ids.push_back(encoder.encode(sentence.replace(at, 2, name)));
    }
  }
  const auto all = encode_texts(encoders, ids, kTextBatch, options.compute, device).features.cpu();
  return unit_rows(all.view({std::ssize(names), std::ssize(templates), all.size(1)}).mean(1));
}

}  // namespace albef
