#include "albef/data/mixture.h"

#include <algorithm>
#include <cmath>

#include "albef/base/error.h"

namespace albef {
namespace {

constexpr uint64_t kPieceOfFiles = 1000;    // what lies in single files is mixed with the shards in pieces of so many
constexpr uint64_t kShardsMixed = 4;        // pieces as large as the largest shard, within a window
constexpr uint64_t kSmallestWindow = 5000;  // as WebDataset's users set their shuffle buffer

uint64_t places_of(const DataPart& part) {
  if (!(part.weight > 0)) fail("a weight is ", part.weight, ", expected more than 0");
  const double places = std::nearbyint(part.weight * static_cast<double>(part.samples));
  if (!(places <= 0x1p40)) fail("a weight of ", part.weight, " makes ", places, " samples an epoch; lower it");
  return part.samples == 0 ? 0 : std::max<uint64_t>(static_cast<uint64_t>(places), 1);
}

}  // namespace

Mixture::Mixture(const std::vector<DataPart>& parts) : parts_(parts), places_{0}, samples_{0} {
  for (const DataPart& part : parts) {
    places_.push_back(places_.back() + places_of(part));
    samples_.push_back(samples_.back() + part.samples);
  }
}

Draw Mixture::draw(uint64_t epoch, uint64_t place) const {
  const auto behind = std::upper_bound(places_.begin(), places_.end(), place);
  const auto part = static_cast<size_t>(behind - places_.begin()) - 1;
  const uint64_t size = parts_[part].samples, places = places_[part + 1] - places_[part];
  if (places == size) return {samples_[part] + place - places_[part], epoch};
  const uint64_t all = epoch * places + place - places_[part];  // its places of all epochs in a row
  return {samples_[part] + all % size, all / size};
}

std::vector<uint64_t> Mixture::shards() const {
  std::vector<uint64_t> sizes;
  for (size_t part = 0; part < parts_.size(); ++part) {
    const auto& shards = parts_[part].shards;
    uint64_t left = places_[part + 1] - places_[part];
    for (size_t i = 0; left > 0; ++i) {
      const uint64_t size = std::min(shards.empty() ? kPieceOfFiles : shards[i % shards.size()], left);
      if (size > 0) sizes.push_back(size);
      left -= size;
    }
  }
  return sizes;
}

uint64_t Mixture::window() const {
  uint64_t largest = 0;
  bool fetched = false;
  for (const DataPart& part : parts_) {
    if (!part.fetched) continue;
    fetched = true;
    for (const uint64_t shard : part.shards) largest = std::max(largest, shard);
  }
  return fetched ? std::max(kSmallestWindow, kShardsMixed * largest) : 0;
}

size_t Mixture::held(uint64_t window) const {
  size_t pieces = 0;
  for (size_t part = 0; part < parts_.size(); ++part) {
    if (!parts_[part].fetched) continue;
    const uint64_t places = places_[part + 1] - places_[part], samples = std::max<uint64_t>(parts_[part].samples, 1);
    const bool aligned = places % samples == 0;  // else the places of an epoch begin within a shard
    pieces += (aligned ? 1 : 2) * parts_[part].shards.size() * ((places + samples - 1) / samples);
  }
  const double share =
      std::min(1.0, 2 * static_cast<double>(window) / static_cast<double>(std::max<uint64_t>(size(), 1)));
  constexpr double kUneven = 1.5;  // chance brings more of them together now and then
  return std::min(pieces, static_cast<size_t>(kUneven * share * static_cast<double>(pieces)) + 4);
}

size_t Mixture::arrange(OrderOptions& order) const {
  constexpr size_t kInALine = 8;  // the threads of a loader that goes through the lists
  if (order.window == 0) order.window = window();
  if (order.window > 0) order.shards = shards();
  return order.shuffle ? std::max(held(order.window), kInALine) : kInALine;
}

}  // namespace albef
