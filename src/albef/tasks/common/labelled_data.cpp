#include "albef/tasks/common/labelled_data.h"

#include <algorithm>

namespace albef {

LabelledSource::LabelledSource(LabelledList list, const CaptionEncoder& encoder, Pictures& pictures,
                               const AugmentOptions& augment, uint64_t seed)
    : list_(std::move(list)), encoder_(encoder), pictures_(pictures), augment_(augment), seed_(seed) {
  validate(augment_);
}

LabelledSample LabelledSource::read(uint64_t number, uint64_t epoch) const {
  const auto& example = list_.examples.at(number);
  LabelledSample sample{.label = example.label, .images = {}, .ids = encoder_.encode(example.sentence)};
  for (size_t i = 0; i < list_.format.pictures; ++i) {
    Rng rng =
        i == 0 ? Rng(Purpose::kAugment, {seed_, epoch, number}) : Rng(Purpose::kAugment, {seed_, epoch, number, i});
    sample.images.at(i) = pictures_.augmented(list_.path(example.images.at(i)), augment_, rng);
  }
  return sample;
}

LabelledBatch LabelledSource::collate(std::vector<LabelledSample> samples) const {
  const int64_t side = augment_.resolution;
  const auto count = static_cast<int64_t>(samples.size()), pictures = static_cast<int64_t>(list_.format.pictures);
  LabelledBatch batch;
  batch.pixels = torch::empty({pictures * count, side, side, 3}, torch::kUInt8);
  auto* pixels = batch.pixels.data_ptr<uint8_t>();
  for (size_t i = 0; i < list_.format.pictures; ++i) {
    for (const auto& sample : samples)
      pixels = std::copy(sample.images.at(i).pixels.begin(), sample.images.at(i).pixels.end(), pixels);
  }
  std::vector<std::vector<int64_t>> texts;
  for (LabelledSample& sample : samples) {
    texts.push_back(std::move(sample.ids));
    batch.labels.push_back(sample.label);
  }
  batch.texts = pad_texts(texts, encoder_.tokenizer.vocabulary().pad());
  return batch;
}

}  // namespace albef
