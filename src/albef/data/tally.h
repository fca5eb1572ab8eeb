// How often each of some whole numbers came.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace albef {

class Tally {
 public:
  struct Bin {
    uint64_t from = 0, to = 0, count = 0;  ///< numbers from..to, both included
  };

  void add(uint64_t number, uint64_t times = 1);
  void add(const Tally& other);

  uint64_t count() const { return count_; }
  uint64_t min() const;  ///< of these, 0 where there is none
  uint64_t max() const;
  uint64_t quantile(double share) const;  ///< the least number that so large a share is not above: 0.5 is the median
  double mean() const;
  uint64_t over(uint64_t limit) const;  ///< how many are above it

  /// At most `most` bins of equal width, a round number, from a multiple of it on; what is above the largest of 99.5 %
  /// is in the last one.
  std::vector<Bin> bins(size_t most) const;

 private:
  std::map<uint64_t, uint64_t> counts_;
  uint64_t count_ = 0;
};

}  // namespace albef
