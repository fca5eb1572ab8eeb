#include "albef/data/tally.h"

#include <gtest/gtest.h>

using namespace albef;

namespace {

Tally of(std::initializer_list<uint64_t> numbers) {
  Tally tally;
  for (const uint64_t number : numbers) tally.add(number);
  return tally;
}

}  // namespace

TEST(Tally, TellsWhatItCounted) {
  Tally tally = of({5, 1, 2, 2});
  tally.add(9, 0);
  EXPECT_EQ(tally.count(), 4U);
  EXPECT_EQ(tally.min(), 1U);
  EXPECT_EQ(tally.max(), 5U);
  EXPECT_EQ(tally.quantile(0.5), 2U);
  EXPECT_EQ(tally.quantile(0.95), 5U);
  EXPECT_EQ(tally.mean(), 2.5);
  EXPECT_EQ(tally.over(2), 1U);
  tally.add(of({7, 7}));
  EXPECT_EQ(tally.count(), 6U);
  EXPECT_EQ(tally.max(), 7U);
}

TEST(Tally, OfNothingIsZero) {
  EXPECT_EQ(Tally().min(), 0U);
  EXPECT_EQ(Tally().max(), 0U);
  EXPECT_EQ(Tally().quantile(0.5), 0U);
  EXPECT_EQ(Tally().mean(), 0);
  EXPECT_TRUE(Tally().bins(10).empty());
}

TEST(Tally, BinsAreRoundAndHoldAll) {
  const auto bins = of({12, 17, 29, 55}).bins(5);
  ASSERT_EQ(bins.size(), 5U);
  EXPECT_EQ(bins[0].from, 10U);
  EXPECT_EQ(bins[0].to, 19U);
  EXPECT_EQ(bins[0].count, 2U);
  EXPECT_EQ(bins[2].count, 0U);
  EXPECT_EQ(bins[4].from, 50U);
}

TEST(Tally, TheLastBinTakesWhatIsFarOut) {
  Tally tally;
  for (uint64_t i = 0; i < 1000; ++i) tally.add(i % 10);
  tally.add(1'000'000);
  const auto bins = tally.bins(20);
  ASSERT_EQ(bins.size(), 10U);
  EXPECT_EQ(bins.back().from, 9U);
  EXPECT_EQ(bins.back().to, 1'000'000U);
  EXPECT_EQ(bins.back().count, 101U);
}
