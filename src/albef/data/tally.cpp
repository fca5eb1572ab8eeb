#include "albef/data/tally.h"

#include <algorithm>
#include <cmath>

namespace albef {
namespace {

/// The least of 1, 2, 5, 10, 20, 50, ... that `most` bins of it reach from `low` to `high` with.
uint64_t bin_width(uint64_t low, uint64_t high, size_t most) {
  for (uint64_t power = 1;; power *= 10) {
    for (const uint64_t factor : {1, 2, 5}) {
      const uint64_t width = factor * power;
      if (high / width - low / width < most) return width;
    }
  }
}

}  // namespace

void Tally::add(uint64_t number, uint64_t times) {
  if (times == 0) return;
  counts_[number] += times;
  count_ += times;
}

void Tally::add(const Tally& other) {
  for (const auto& [number, times] : other.counts_) add(number, times);
}

uint64_t Tally::min() const {
  return counts_.empty() ? 0 : counts_.begin()->first;
}

uint64_t Tally::max() const {
  return counts_.empty() ? 0 : counts_.rbegin()->first;
}

uint64_t Tally::quantile(double share) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (const auto& [number, times] : counts_) {
    seen += times;
    if (seen >= wanted) return number;
  }
  return 0;
}

double Tally::mean() const {
  double sum = 0;
  for (const auto& [number, times] : counts_) sum += static_cast<double>(number) * static_cast<double>(times);
  return count_ == 0 ? 0 : sum / static_cast<double>(count_);
}

uint64_t Tally::over(uint64_t limit) const {
  uint64_t sum = 0;
  for (auto it = counts_.upper_bound(limit); it != counts_.end(); ++it) sum += it->second;
  return sum;
}

std::vector<Tally::Bin> Tally::bins(size_t most) const {
  if (counts_.empty() || most == 0) return {};
  const uint64_t width = bin_width(min(), quantile(0.995), most);
  const uint64_t first = min() / width, last = quantile(0.995) / width;
  std::vector<Bin> bins;
  for (uint64_t i = first; i <= last; ++i) bins.push_back({i * width, (i + 1) * width - 1, 0});
  for (const auto& [number, times] : counts_) bins[std::min(number / width, last) - first].count += times;
  bins.back().to = std::max(bins.back().to, max());
  return bins;
}

}  // namespace albef
