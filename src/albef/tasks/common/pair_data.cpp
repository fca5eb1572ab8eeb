#include "albef/tasks/common/pair_data.h"

#include <algorithm>

#include "albef/base/error.h"

namespace albef {

PairSource::PairSource(Annotations list, const Tokenizer& tokenizer, Pictures& pictures, const PairOptions& options)
    : list_(std::move(list)),
      encoder_{tokenizer, options.max_words, options.max_tokens},
      pictures_(pictures),
      options_(options) {
  validate(options.augment);
  if (options.max_words < 1) fail("max_words is ", options.max_words, ", expected 1 or more");
  if (options.max_tokens < 2) fail("max_tokens is ", options.max_tokens, ", expected 2 or more: [CLS] and a token");
}

uint64_t PairSource::size() const {
  return options_.captions == Captions::kExpand ? list_.captions() : list_.records();
}

Pair PairSource::pair(uint64_t number, uint64_t turn) const {
  if (options_.captions == Captions::kExpand) {
    const uint64_t record = list_.record_of_caption(number);
    return {record, number - list_.first_caption(record)};
  }
  const uint64_t captions = list_.caption_count(number);
  return {number, captions == 1 ? 0 : Rng(Purpose::kCaption, {options_.seed, turn, number}).below(captions)};
}

PairSample PairSource::read(uint64_t number, uint64_t turn) const {
  const auto [record, caption] = pair(number, turn);
  PairSample sample{.number = static_cast<int64_t>(number),
                    .image_id = list_.image_id(record),
                    .image = {},
                    .ids = encoder_.encode(list_.caption(record, caption))};
  if (options_.train && sample.ids.size() < 2) {  // the model would be told of the picture by [CLS] alone
    const Place place = list_.place(record);
    throw UnusableSample(str(place.file, ": record ", place.record, ": caption empty after cleaning"),
                         "caption empty after cleaning");
  }
  const std::string path = list_.image(record);
  if (options_.train) {
    Rng rng(Purpose::kAugment, {options_.seed, turn, number});
    sample.image = pictures_.augmented(path, options_.augment, rng);
  } else {
    sample.image = pictures_.whole(path, options_.augment.resolution, options_.augment.interpolation);
  }
  return sample;
}

PairBatch PairSource::collate(std::vector<PairSample> samples) const {
  const int64_t side = options_.augment.resolution;
  PairBatch batch;
  batch.pixels = torch::empty({static_cast<int64_t>(samples.size()), side, side, 3}, torch::kUInt8);
  auto* pixels = batch.pixels.data_ptr<uint8_t>();
  std::vector<std::vector<int64_t>> texts;
  for (PairSample& sample : samples) {
    pixels = std::copy(sample.image.pixels.begin(), sample.image.pixels.end(), pixels);
    texts.push_back(std::move(sample.ids));
    batch.image_ids.push_back(sample.image_id);
    batch.samples.push_back(sample.number);
  }
  batch.texts = pad_texts(texts, encoder_.tokenizer.vocabulary().pad());
  return batch;
}

}  // namespace albef
