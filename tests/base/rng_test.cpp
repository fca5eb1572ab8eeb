#include "albef/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace albef {
namespace {

// Computed apart from this code. A seed must mean the same in every release, or resumed runs would differ.
TEST(Rng, DrawsTheNumbersThatItAlwaysDrew) {
  Rng rng(Purpose::kMask, {1, 2, 3});
  EXPECT_EQ(rng(), 0x822c1d2ed8521760U);
  EXPECT_EQ(rng(), 0xc5be51ff1f64b1a2U);
  EXPECT_EQ(rng(), 0x245a11637cbe90eaU);
  EXPECT_EQ(mix({}), 0x9e3779b97f4a7c15U);
  EXPECT_EQ(mix({7}), 0xa65305fd338ec8feU);
}

TEST(Rng, IsAnotherStreamForAnotherPurposeOrKey) {
  const std::vector<Rng> streams = {Rng(Purpose::kMask, {1, 2}),    Rng(Purpose::kMask, {2, 1}),
                                    Rng(Purpose::kMask, {1, 2, 0}), Rng(Purpose::kAugment, {1, 2}),
                                    Rng(Purpose::kMask, {1, 3}),    Rng(Purpose::kMask, {}),
                                    Rng(Purpose::kMask, {0}),       Rng(Purpose::kMask, {0, 0})};
  std::set<uint64_t> drawn;
  for (Rng stream : streams) {
    for (int i = 0; i < 1000; ++i) drawn.insert(stream());
  }
  EXPECT_EQ(drawn.size(), streams.size() * 1000);
}

TEST(Rng, BelowReachesEveryNumberUnderItsBoundAndNoOther) {
  Rng rng(Purpose::kOrder, {1});
  EXPECT_EQ(rng.below(1), 0U);
  for (const uint64_t n : {2U, 3U, 7U, 10U}) {
    std::set<uint64_t> seen;
    for (int i = 0; i < 500; ++i) seen.insert(rng.below(n));
    EXPECT_EQ(seen.size(), n);
    EXPECT_EQ(*seen.rbegin(), n - 1);
  }
}

// The plain remainder of 64 bits would fall into the lowest third half of the time.
TEST(Rng, BelowIsUnbiasedForBoundsNearTheWholeRange) {
  Rng rng(Purpose::kOrder, {2});
  const uint64_t third = uint64_t{1} << 62;
  int low = 0;
  for (int i = 0; i < 30000; ++i) low += rng.below(3 * third) < third;
  EXPECT_NEAR(low / 30000.0, 1 / 3.0, 0.015);
}

TEST(Rng, UniformFillsTheUnitIntervalEvenly) {
  Rng rng(Purpose::kAugment, {3});
  double sum = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = rng.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.005);
  for (int i = 0; i < 1000; ++i) {
    const double x = rng.uniform(-3, -2);
    ASSERT_GE(x, -3);
    ASSERT_LT(x, -2);
  }
}

TEST(Rng, NormalHasMeanZeroDeviationOneAndLightTails) {
  Rng rng(Purpose::kInit, {4});
  double sum = 0, squares = 0;
  int beyond_two = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    beyond_two += std::abs(x) > 2;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.015);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
  EXPECT_NEAR(beyond_two / double{kDraws}, 0.0455, 0.003);
}

TEST(Permuted, VisitsEveryIndexOnce) {
  for (const uint64_t n : {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1000, 4096, 4097}) {
    for (const uint64_t key : {0U, 1U, 77U}) {
      std::vector<bool> seen(n, false);
      for (uint64_t i = 0; i < n; ++i) {
        const uint64_t j = permuted(i, n, key);
        ASSERT_LT(j, n);
        ASSERT_FALSE(seen[j]) << n << " elements, key " << key << ": " << j << " comes twice";
        seen[j] = true;
      }
    }
  }
}

TEST(Permuted, StaysInRangeForSizesNoListCouldHave) {
  const uint64_t n = (uint64_t{1} << 40) + 1;
  std::set<uint64_t> seen;
  for (uint64_t i = n - 100; i < n; ++i) seen.insert(permuted(i, n, 5));
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_LT(*seen.rbegin(), n);
}

TEST(Permuted, IsTheOrderThatItAlwaysWasAndAnotherForAnotherKey) {
  std::vector<uint64_t> order;
  for (uint64_t i = 0; i < 10; ++i) order.push_back(permuted(i, 10, 42));
  EXPECT_EQ(order, (std::vector<uint64_t>{0, 2, 8, 1, 7, 5, 6, 4, 9, 3}));
  int same = 0;
  for (uint64_t i = 0; i < 1000; ++i) same += permuted(i, 1000, 1) == permuted(i, 1000, 2);
  EXPECT_LT(same, 10);
}

TEST(MixBytes, TellsApartLengthOrderAndEveryByte) {
  std::set<uint64_t> marks;
  size_t texts = 0;
  for (size_t length = 0; length < 20; ++length) {
    for (size_t place = 0; place < std::max<size_t>(length, 1); ++place) {
      std::string text(length, '\0');
      if (length > 0) text[place] = 1;
      marks.insert(mix_bytes(text));
      ++texts;
    }
  }
  EXPECT_EQ(marks.size(), texts);
  EXPECT_NE(mix_bytes("abcdefgh12345678"), mix_bytes("12345678abcdefgh"));
}

}  // namespace
}  // namespace albef
