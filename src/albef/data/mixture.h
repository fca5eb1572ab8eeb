// How several bodies of data make up an epoch, each as often as its weight says.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "albef/data/order.h"

namespace albef {

struct DataPart {
  uint64_t samples = 0;
  /// How often each of the samples comes an epoch, on average: 2 is twice, 0.25 a quarter of them an epoch, in turns.
  double weight = 1;
  std::vector<uint64_t> shards = {};  ///< samples of the pieces that it is stored in, in their order; empty: one
  bool fetched = false;               ///< its pieces cannot be read at any place, but must be fetched as a whole
};

/// A sample, and how many times it came before: what is drawn for it anew each time depends on that. With weight 1 that
/// is the epoch.
struct Draw {
  uint64_t number = 0, turn = 0;
  bool operator==(const Draw&) const = default;
};

/// Samples are numbered through all parts in their order. An epoch has places 0..size()-1, those of the parts one after
/// the other; a part with weight 1 has a place for each of its samples.
class Mixture {
 public:
  /// Error for a weight that is not above 0, or makes more than 2^40 places.
  explicit Mixture(const std::vector<DataPart>& parts);

  uint64_t size() const { return places_.back(); }
  Draw draw(uint64_t epoch, uint64_t place) const;

  std::vector<uint64_t> shards() const;  ///< places of each piece, for OrderOptions
  /// For OrderOptions: 0 where all can be read at any place; else so many places that several pieces are mixed.
  uint64_t window() const;
  /// How many pieces that must be fetched are in use at once, about, where places are shuffled within such a window: of
  /// that one and the next.
  size_t held(uint64_t window) const;
  /// Fills in `window`, if that is 0, and the shards that go with one. Returns how many fetched pieces are in use.
  size_t arrange(OrderOptions& order) const;

 private:
  std::vector<DataPart> parts_;
  std::vector<uint64_t> places_, samples_;  // where each part begins, and the end
};

}  // namespace albef
