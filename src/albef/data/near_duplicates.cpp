#include "albef/data/near_duplicates.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "albef/base/error.h"

namespace albef {
namespace {

/// Sets that grow together; each is known by its lowest number.
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0U); }

  uint32_t root(uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(uint32_t a, uint32_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<uint32_t> parent_;
};

constexpr int kWindows = 16;

/// 24 bits of the 256: those from 16 * window on, the last going on at the first.
uint32_t window_bits(const PictureLook& look, int window) {
  const auto half = [&look](int i) {
    const uint32_t band = look.bands[static_cast<size_t>(i / 2 % PictureLook::kBands)];
    return i % 2 == 0 ? band & 0xffff : band >> 16;
  };
  return half(window) | (half(window + 1) & 0xff) << 16;
}

/// Joins numbers[i] with those of the kMostMet behind it that it is alike, as far as `related` goes on.
template <class Related>
void meet(std::span<const PictureLook> looks, std::span<const uint32_t> numbers, const Related& related, Sets& sets) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    const size_t end = std::min(numbers.size(), i + 1 + kMostMet);
    for (size_t j = i + 1; j < end && related(i, j); ++j) {
      if (look_alike(looks[numbers[i]], looks[numbers[j]])) sets.join(numbers[i], numbers[j]);
    }
  }
}

/// The looks in their order without what need not be compared again: of equal ones, which are joined here, the first,
/// and of those with all bits equal, which meet here, kMostOfOneHash.
std::vector<uint32_t> different_looks(std::span<const PictureLook> looks, Sets& sets) {
  std::vector<uint32_t> order(looks.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return std::pair(looks[a], a) < std::pair(looks[b], b); });
  const auto same = [&](uint32_t first, uint32_t other) {
    if (looks[first] != looks[other]) return false;
    sets.join(first, other);
    return true;
  };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  const auto same_bits = [&](size_t i, size_t j) { return looks[order[i]].bands == looks[order[j]].bands; };
  meet(looks, order, same_bits, sets);
  constexpr size_t kMostOfOneHash = 16;
  size_t kept = 0, of_one_hash = 0;
  for (const uint32_t number : order) {
    of_one_hash = kept > 0 && looks[order[kept - 1]].bands == looks[number].bands ? of_one_hash + 1 : 0;
    if (of_one_hash < kMostOfOneHash) order[kept++] = number;
  }
  order.resize(kept);
  return order;
}

}  // namespace

std::vector<uint32_t> alike_groups(std::span<const PictureLook> looks) {
  if (looks.size() > UINT32_MAX) fail(looks.size(), " pictures, expected less than 2^32; look at a sample of them");
  Sets sets(looks.size());
  const std::vector<uint32_t> order = different_looks(looks, sets);
  std::vector<std::pair<uint32_t, uint32_t>> keys(order.size());  // bits of the window, place in `order`
  std::vector<uint32_t> numbers(order.size());
  for (int window = 0; window < kWindows; ++window) {
    for (uint32_t i = 0; i < keys.size(); ++i) keys[i] = {window_bits(looks[order[i]], window), i};
    std::sort(keys.begin(), keys.end());
    std::transform(keys.begin(), keys.end(), numbers.begin(), [&](const auto& key) { return order[key.second]; });
    meet(
        looks, numbers, [&](size_t i, size_t j) { return keys[i].first == keys[j].first; }, sets);
  }
  std::vector<uint32_t> groups(looks.size());
  for (uint32_t i = 0; i < groups.size(); ++i) groups[i] = sets.root(i);
  return groups;
}

}  // namespace albef
