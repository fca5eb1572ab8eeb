#include "albef/tasks/common/picture_texts.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "albef/base/error.h"
#include "albef/base/signals.h"

namespace albef {
namespace {

std::vector<uint64_t> by_picture(const PictureTextList& list) {
  std::vector<uint64_t> order(list.items);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](uint64_t a, uint64_t b) {
    for (size_t i = 0; i < list.pictures; ++i) {
      const uint32_t of_a = list.picture(a, i), of_b = list.picture(b, i);
      if (of_a != of_b) return of_a < of_b;
    }
    return false;
  });
  return order;
}

uint64_t checked_batch_size(int64_t batch_size) {
  if (batch_size < 1) fail("the batch size is ", batch_size, ", expected 1 or more");
  return static_cast<uint64_t>(batch_size);
}

}  // namespace

PictureTextList sentences_of(const LabelledList& list, const CaptionEncoder& encoder) {
  return {.items = list.examples.size(),
          .pictures = list.format.pictures,
          .picture = [&list](uint64_t n, size_t place) { return list.examples[n].images.at(place); },
          .path = [&list](uint32_t image) { return list.path(image); },
          .ids = [&](uint64_t n) { return encoder.encode(list.examples[n].sentence); },
          .pad_id = encoder.tokenizer.vocabulary().pad()};
}

PictureTextReader::PictureTextReader(const PictureTextList& list, Pictures& pictures, int64_t resolution,
                                     int64_t batch_size, int64_t threads)
    : list_(list),
      pictures_(pictures),
      resolution_(resolution),
      batch_size_(checked_batch_size(batch_size)),
      order_(by_picture(list)),
      ahead_([this](uint64_t number, const std::stop_token& stop) { return make(number, stop); }, 0,
             (order_.size() + batch_size_ - 1) / batch_size_, static_cast<int>(threads), /*depth=*/4) {}

std::optional<PictureTexts> PictureTextReader::next() {
  if (stop_requested()) throw Interrupted("stopped while evaluating; nothing was written");
  return ahead_.next();
}

PictureTexts PictureTextReader::make(uint64_t number, const std::stop_token& stop) const {
  PictureTexts batch;
  batch.picture_of.resize(list_.pictures);
  std::map<uint32_t, int64_t> place;  // of a picture in the batch
  std::vector<std::vector<int64_t>> texts;
  for (uint64_t i = number * batch_size_; i < std::min<uint64_t>((number + 1) * batch_size_, order_.size()); ++i) {
    batch.items.push_back(order_[i]);
    texts.push_back(list_.ids(order_[i]));
    for (size_t p = 0; p < list_.pictures; ++p)
      batch.picture_of[p].push_back(place.emplace(list_.picture(order_[i], p), std::ssize(place)).first->second);
  }
  batch.texts = pad_texts(texts, list_.pad_id);
  batch.pixels = torch::empty({std::ssize(place), resolution_, resolution_, 3}, torch::kUInt8);
  for (const auto& [picture, index] : place) {
    if (stop.stop_requested()) break;
    const auto image = pictures_.whole(list_.path(picture), static_cast<int>(resolution_), Interpolation::kBicubic);
    std::copy(image.pixels.begin(), image.pixels.end(), batch.pixels[index].data_ptr<uint8_t>());
  }
  return batch;
}

}  // namespace albef
