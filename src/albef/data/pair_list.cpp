#include "albef/data/pair_list.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "albef/base/error.h"
#include "albef/base/rng.h"

namespace albef {

std::string PairList::image(uint64_t record) const {
  const std::string_view name = text(first_[record]);
  return (std::filesystem::path(source(record).image_root) / name).string();  // an absolute name stays as it is
}

PairList::Place PairList::place(uint64_t record) const {
  return {source(record).file, numbers_[record]};
}

uint64_t PairList::record_of_caption(uint64_t caption) const {
  uint64_t low = 0, high = records();  // the last record whose first caption is not behind `caption`
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (first_caption(middle) <= caption ? low : high) = middle;
  }
  return low;
}

uint64_t PairList::fingerprint() const {
  const auto numbers = [](const auto& values) {
    return mix_bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]});
  };
  return mix({mix_bytes(bytes_), numbers(starts_), numbers(first_), numbers(image_ids_)});
}

void PairList::begin_source(std::string file, std::string image_root) {
  sources_.push_back({std::move(file), std::move(image_root), records()});
}

void PairList::add(uint64_t number, std::string_view image, std::span<const std::string> captions, int64_t image_id) {
  if (number > std::numeric_limits<uint32_t>::max()) {
    fail(sources_.back().file, ": holds more than ", std::numeric_limits<uint32_t>::max(), " records; split the file");
  }
  append(image);
  for (const std::string& caption : captions) append(caption);
  first_.push_back(starts_.size() - 1);
  image_ids_.push_back(image_id);
  numbers_.push_back(static_cast<uint32_t>(number));
}

void PairList::append(std::string_view text) {
  bytes_ += text;
  starts_.push_back(bytes_.size());
}

const PairList::Source& PairList::source(uint64_t record) const {
  const auto behind = std::upper_bound(sources_.begin(), sources_.end(), record,
                                       [](uint64_t r, const Source& s) { return r < s.first_record; });
  return *std::prev(behind);
}

}  // namespace albef
