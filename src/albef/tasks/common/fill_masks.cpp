#include "albef/tasks/common/fill_masks.h"

#include <algorithm>

#include "albef/model/autocast.h"
#include "albef/model/texts.h"

namespace albef {

std::vector<FilledMask> fill_masks(Encoders& encoders, const Vocabulary& vocabulary, const torch::Tensor& image_tokens,
                                   const std::vector<int64_t>& ids, const std::vector<size_t>& places, int64_t top,
                                   const ComputeOptions& compute) {
  if (places.empty()) return {};
  const torch::NoGradGuard no_grad;
  const auto device = image_tokens.device();
  const auto count = static_cast<int64_t>(places.size());
  std::vector<std::vector<int64_t>> masked_texts(places.size(), ids);
  std::vector<int64_t> rows;
  for (size_t n = 0; n < places.size(); ++n) {
    TORCH_CHECK(places[n] < ids.size(), "fill_masks: place ", places[n], " of ", ids.size(), " tokens");
    masked_texts[n][places[n]] = vocabulary.mask();
    rows.push_back(static_cast<int64_t>(n * ids.size() + places[n]));
  }
  const auto texts = make_texts(pad_texts(masked_texts, vocabulary.pad()), compute.packed, device);

  const Autocast autocast(device, compute.bf16);
  auto& bert = encoders.text->bert;
  const auto states = bert->encode(texts.ids, texts.layout);
  const WantedTokens masked = {to_device(rows, device), TokenLayout::padded(count, 1)};
  const auto out = bert->fuse(states, texts.layout, bert->cross_keys(image_tokens),
                              {.texts_per_image = count, .others = {}}, &masked);
  // The model may have more rows than the vocabulary has tokens.
  const auto logits = encoders.text->mlm_logits(out).to(torch::kFloat).narrow(1, 0, vocabulary.size());
  const auto [probability, token] = logits.softmax(-1).cpu().topk(std::min(top, vocabulary.size()), /*dim=*/1);

  std::vector<FilledMask> filled;
  for (int64_t n = 0; n < count; ++n) {
    FilledMask mask{places[static_cast<size_t>(n)], {}};
    for (int64_t k = 0; k < token.size(1); ++k) {
      mask.guesses.push_back({vocabulary.token(token[n][k].item<int64_t>()), probability[n][k].item<double>()});
    }
    filled.push_back(std::move(mask));
  }
  return filled;
}

std::vector<size_t> telling_places(const Vocabulary& vocabulary, const std::vector<int64_t>& ids, size_t count) {
  const auto continues = [&](size_t place) {
    return place < ids.size() && vocabulary.token(ids[place]).starts_with(kContinuation);
  };
  std::vector<size_t> places;
  for (size_t place = 1; place < ids.size(); ++place) {
    if (!continues(place) && !continues(place + 1)) places.push_back(place);
  }
  if (places.empty()) {
    for (size_t place = 1; place < ids.size(); ++place) places.push_back(place);
  }
  const auto length = [&](size_t place) { return vocabulary.token(ids[place]).size(); };
  std::stable_sort(places.begin(), places.end(), [&](size_t a, size_t b) { return length(a) > length(b); });
  places.resize(std::min(count, places.size()));
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace albef
