#include "albef/image/weigh.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "albef/base/rng.h"

namespace albef {
namespace {

/// Rows, weights, and the weighted mean by its definition.
struct Example {
  Example(int count, size_t bytes, Rng& rng) : stride(bytes + rng.below(5)), weights((count + 1) / 2), mean(bytes) {
    rows.resize(stride * count);
    for (uint8_t& level : rows) level = static_cast<uint8_t>(rng.below(3) == 0 ? 255 * rng.below(2) : rng.below(256));
    std::vector<int64_t> sums(bytes, int64_t{1} << (kWeightBits - 1));
    const int64_t most = (int64_t{2} << kWeightBits) / count;  // sums from -2 to 2: clamped at both ends
    for (int t = 0; t < count; ++t) {
      const auto weight = static_cast<int32_t>(static_cast<int64_t>(rng.below(2 * most + 1)) - most);
      weights[t / 2].set(t % 2, weight);
      for (size_t i = 0; i < bytes; ++i) sums[i] += int64_t{weight} * rows[t * stride + i];
    }
    for (size_t i = 0; i < bytes; ++i) {
      mean[i] = static_cast<uint8_t>(std::clamp<int64_t>(sums[i] >> kWeightBits, 0, 255));
    }
  }

  size_t stride;
  std::vector<uint8_t> rows;
  std::vector<WeightPair> weights;
  std::vector<uint8_t> mean;
};

TEST(Weigh, IsTheRoundedMeanOnAnyProcessor) {
  Rng rng(Purpose::kSynthetic, {31});
  for (int attempt = 0; attempt < 2000; ++attempt) {
    const int count = 1 + static_cast<int>(rng.below(12));
    const size_t bytes = 1 + rng.below(150);
    const Example example(count, bytes, rng);
    for (const auto& how : {weigh, weigh_portably}) {
      std::vector<uint8_t> result(bytes + 1, 77);
      how(example.rows.data(), example.stride, example.weights.data(), count, bytes, result.data());
      EXPECT_EQ(result.back(), 77) << "written behind the end";
      result.pop_back();
      ASSERT_EQ(result, example.mean) << count << " rows of " << bytes << " bytes";
    }
  }
}

}  // namespace
}  // namespace albef
