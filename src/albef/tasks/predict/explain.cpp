#include "albef/tasks/predict/explain.h"

#include "albef/base/error.h"
#include "albef/model/autocast.h"
#include "albef/model/gradcam.h"
#include "albef/tasks/predict/match.h"

namespace albef {
namespace {

// [L, G, G] of tokens, [CLS] first, word by word.
std::vector<ExplainedWord> by_word(const torch::Tensor& maps, const std::vector<int64_t>& ids,
                                   const Vocabulary& vocabulary) {
  std::vector<ExplainedWord> words;
  for (size_t first = 1; first < ids.size();) {
    std::string word = vocabulary.token(ids[first]);
    size_t end = first + 1;
    for (; end < ids.size() && vocabulary.token(ids[end]).starts_with(kContinuation); ++end)
      word += vocabulary.token(ids[end]).substr(kContinuation.size());
    words.push_back({word, maps.slice(0, static_cast<int64_t>(first), static_cast<int64_t>(end)).mean(0)});
    first = end;
  }
  return words;
}

}  // namespace

Explanation explain(Albef& model, Encoders& encoders, const torch::Tensor& pixels, const std::vector<int64_t>& ids,
                    const Vocabulary& vocabulary, const HeatOptions& options, torch::Device device) {
  Explanation found{.map = {}, .words = {}, .layer = heat_layer(encoders, options)};
  const auto texts = make_texts(pad_texts({ids}, vocabulary.pad()), options.compute.packed, device);
  const auto picture = pixels_on(device, pixels);
  const auto image_of = torch::zeros({1}, torch::TensorOptions().dtype(torch::kLong).device(device));
  torch::Tensor tokens;
  {
    const torch::NoGradGuard no_grad;
    const Autocast autocast(device, options.compute.bf16);
    tokens = encoders.vision(picture);
    const auto matches = match_tokens(model, encoders, tokens, image_of, texts, /*itm=*/!options.itc);
    found.similarity = matches.similarity.item<double>();
    if (!options.itc) found.probability = matches.probability.item<double>();
  }
  if (options.itc) {
    found.map = itc_cam(model, encoders, picture, image_of, texts, found.layer, options.compute)[0].cpu();
  } else {
    const auto maps = itm_cam(model, encoders, tokens, image_of, texts, found.layer, options.compute)[0].cpu();
    found.map = maps.mean(0);
    found.words = by_word(maps, ids, vocabulary);
  }
  if (!found.map.isfinite().all().item<bool>()) fail("the heat map is no finite number: the weights are not usable");
  return found;
}

}  // namespace albef
