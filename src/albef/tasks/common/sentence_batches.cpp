#include "albef/tasks/common/sentence_batches.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "albef/base/error.h"

namespace albef {
namespace {

// Examples by their pictures, so that one encoding serves neighbours.
std::vector<uint64_t> by_picture(const LabelledList& list) {
  std::vector<uint64_t> order(list.examples.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint64_t a, uint64_t b) { return list.examples[a].images < list.examples[b].images; });
  return order;
}

uint64_t batches(size_t sentences, int64_t batch_size) {
  if (batch_size < 1) fail("the batch size is ", batch_size, ", expected 1 or more");
  return (sentences + static_cast<uint64_t>(batch_size) - 1) / static_cast<uint64_t>(batch_size);
}

}  // namespace

SentenceBatches::SentenceBatches(const LabelledList& list, const CaptionEncoder& encoder, Pictures& pictures,
                                 const SentenceBatchOptions& options)
    : list_(list),
      encoder_(encoder),
      pictures_(pictures),
      options_(options),
      order_(by_picture(list)),
      ahead_([this](uint64_t number, const std::stop_token& stop) { return make(number, stop); }, 0,
             batches(order_.size(), options.batch_size), options.threads, /*depth=*/4) {}

SentenceBatch SentenceBatches::make(uint64_t number, const std::stop_token& stop) const {
  const auto size = static_cast<uint64_t>(options_.batch_size);
  SentenceBatch batch;
  for (uint64_t i = number * size; i < std::min<uint64_t>((number + 1) * size, order_.size()); ++i)
    batch.examples.push_back(order_[i]);
  std::map<uint32_t, int64_t> place;  // of a picture in the batch
  std::vector<std::vector<int64_t>> texts;
  for (const uint64_t n : batch.examples) {
    const auto& example = list_.examples[n];
    texts.push_back(encoder_.encode(example.sentence));
    for (size_t i = 0; i < list_.format.pictures; ++i) {
      batch.picture_of.at(i).push_back(place.emplace(example.images.at(i), std::ssize(place)).first->second);
    }
  }
  batch.texts = pad_texts(texts, encoder_.tokenizer.vocabulary().pad());
  const int64_t side = options_.resolution;
  batch.pixels = torch::empty({std::ssize(place), side, side, 3}, torch::kUInt8);
  for (const auto& [image, index] : place) {
    if (stop.stop_requested()) break;
    const auto picture = pictures_.whole(list_.path(image), static_cast<int>(side), Interpolation::kBicubic);
    std::copy(picture.pixels.begin(), picture.pixels.end(), batch.pixels[index].data_ptr<uint8_t>());
  }
  return batch;
}

}  // namespace albef
