#include "albef/tasks/common/masking.h"

namespace albef {

MaskedTokens mask_tokens(int64_t* ids, size_t count, const MaskingOptions& options, Rng& rng) {
  const auto special = [&](size_t i) { return ids[i] == options.pad || ids[i] == options.cls; };
  const auto continues = [&](size_t i) {
    const auto id = static_cast<size_t>(ids[i]);
    return id < options.continues.size() && options.continues[id];
  };
  MaskedTokens masked;
  for (size_t begin = 0, end = 0; begin < count; begin = end) {
    end = begin + 1;
    if (special(begin)) continue;
    while (end < count && continues(end)) ++end;
    if (rng.uniform() >= options.probability) continue;
    for (size_t i = begin; i < end; ++i) {
      masked.places.push_back(static_cast<int64_t>(i));
      masked.labels.push_back(ids[i]);
      const double share = rng.uniform();
      if (share < 0.8) {
        ids[i] = options.mask;
      } else if (share < 0.9) {
        ids[i] = static_cast<int64_t>(rng.below(static_cast<uint64_t>(options.vocab_size)));
      }
    }
  }
  return masked;
}

MaskedTexts mask_texts(const PairBatch& batch, const MaskingOptions& options, const StepKeys& keys) {
  MaskedTexts masked{.texts = batch.texts, .places = {}, .labels = {}};
  auto& texts = masked.texts;
  for (size_t b = 0; b < texts.lengths.size(); ++b) {
    Rng rng(Purpose::kMask, {keys.seed, keys.epoch, static_cast<uint64_t>(batch.samples[b])});
    auto chosen = mask_tokens(texts.ids.data() + b * static_cast<size_t>(texts.length),
                              static_cast<size_t>(texts.lengths[b]), options, rng);
    masked.labels.insert(masked.labels.end(), chosen.labels.begin(), chosen.labels.end());
    masked.places.push_back(std::move(chosen.places));
  }
  return masked;
}

}  // namespace albef
