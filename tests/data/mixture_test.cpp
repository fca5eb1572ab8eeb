#include "albef/data/mixture.h"

#include <gtest/gtest.h>

#include <map>

#include "albef/base/error.h"
#include "albef/data/order.h"
#include "temporary_folder.h"

namespace albef {
namespace {

TEST(Mixture, OfWeightOneIsTheDataThemselves) {
  const Mixture mixture({{.samples = 3}, {.samples = 0}, {.samples = 4}});
  ASSERT_EQ(mixture.size(), 7u);
  for (uint64_t place = 0; place < 7; ++place) EXPECT_EQ(mixture.draw(5, place), (Draw{place, 5}));
  EXPECT_EQ(mixture.window(), 0u);
}

TEST(Mixture, GivesEachSampleAsOftenAsItsWeightSays) {
  const Mixture mixture({{.samples = 10, .weight = 0.3}, {.samples = 4, .weight = 2.5}, {.samples = 5}});
  ASSERT_EQ(mixture.size(), 3u + 10u + 5u);
  std::map<uint64_t, uint64_t> times, turns;
  for (uint64_t epoch = 0; epoch < 20; ++epoch) {
    for (uint64_t place = 0; place < mixture.size(); ++place) {
      const auto [number, turn] = mixture.draw(epoch, place);
      EXPECT_EQ(turn, times[number]) << "how often it came before";
      ++times[number];
    }
  }
  ASSERT_EQ(times.size(), 19u);
  for (uint64_t number = 0; number < 19; ++number)
    EXPECT_EQ(times[number], number < 10 ? 6u : number < 14 ? 50u : 20u) << number;
}

TEST(Mixture, CutsPlacesIntoPiecesThatAreReadTogether) {
  const Mixture mixture({{.samples = 30, .weight = 1.5, .shards = {10, 20}, .fetched = true}, {.samples = 2500}});
  EXPECT_EQ(mixture.shards(), (std::vector<uint64_t>{10, 20, 10, 5, 1000, 1000, 500}));
  EXPECT_EQ(mixture.window(), 5000u);
  EXPECT_EQ(Mixture({{.samples = 9000, .shards = {4000, 5000}, .fetched = true}}).window(), 20000u);
  EXPECT_NO_THROW(Order(mixture.size(), {.window = mixture.window(), .shards = mixture.shards()}));
  EXPECT_EQ(mixture.held(5000), 8u) << "both shards, which an epoch begins anywhere in, and has twice";
  const DataPart shards = {.samples = 3'000'000, .shards = std::vector<uint64_t>(300, 10'000), .fetched = true};
  EXPECT_EQ(Mixture({shards}).held(40'000), 16u);
  EXPECT_EQ(Mixture({shards, {.samples = 500'000}}).held(40'000), 14u) << "files are not held";
}

TEST(Mixture, RefusesWeightsThatMakeNoSense) {
  EXPECT_NE(complaint<Error>([] { Mixture({{.samples = 1, .weight = 0}}); }).find("expected more than 0"),
            std::string::npos);
  EXPECT_NE(complaint<Error>([] { Mixture({{.samples = 1u << 30, .weight = 1e6}}); }).find("lower it"),
            std::string::npos);
  EXPECT_EQ(Mixture({{.samples = 3, .weight = 1e-6}}).size(), 1u) << "a part is never left out";
}

}  // namespace
}  // namespace albef
