#include "albef/data/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "temporary_folder.h"

using namespace albef;

static std::vector<uint64_t> epoch_of(const Order& order, uint64_t epoch) {
  std::vector<uint64_t> numbers;
  for (uint64_t i = 0; i < order.count(); ++i) numbers.push_back(order.at(epoch, i));
  return numbers;
}

static std::vector<uint64_t> ascending(uint64_t count) {
  std::vector<uint64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

static std::vector<uint64_t> sorted(std::vector<uint64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

TEST(Order, ShufflesEachEpochAndSeedAnew) {
  const Order a(100, {.batch_size = 10, .seed = 1}), b(100, {.batch_size = 10, .seed = 2});
  EXPECT_EQ(epoch_of(a, 0), epoch_of(a, 0));
  EXPECT_NE(epoch_of(a, 0), epoch_of(a, 1));
  EXPECT_NE(epoch_of(a, 0), epoch_of(b, 0));
  EXPECT_NE(epoch_of(a, 0), ascending(100));
  EXPECT_EQ(sorted(epoch_of(a, 3)), ascending(100));
  EXPECT_EQ(epoch_of(Order(100, {.batch_size = 10, .shuffle = false}), 4), ascending(100));
}

// What a seed means is part of the checkpoints: a run goes on in the order that it began with.
TEST(Order, TakesSubstitutesFromTheSameWindow) {
  const Order order(1000, {.batch_size = 10, .window = 100, .shards = std::vector<uint64_t>(10, 100)});
  for (uint64_t index = 0; index < 1000; index += 7) {
    std::set<uint64_t> window;
    for (uint64_t i = index / 100 * 100; i < index / 100 * 100 + 100; ++i) window.insert(order.at(2, i));
    for (uint64_t attempt = 1; attempt <= 5; ++attempt)
      EXPECT_TRUE(window.contains(order.substitute(2, index, attempt)));
  }
}

TEST(Order, IsTheOneThatEarlierRunsHad) {
  const Order order(1000, {.batch_size = 10, .seed = 7});
  for (const uint64_t index : {0, 1, 999}) {
    EXPECT_EQ(order.at(3, index), permuted(index, 1000, Rng(Purpose::kOrder, {7, 3})()));
    EXPECT_EQ(order.substitute(3, index, 2), Rng(Purpose::kOrder, {7, 3, index, 2}).below(1000));
  }
}

TEST(Order, DropsOrKeepsTheLastBatch) {
  const Order drop(10, {.batch_size = 4}), keep(10, {.batch_size = 4, .drop_last = false});
  EXPECT_EQ(drop.steps_per_epoch(), 2u);
  EXPECT_EQ(keep.steps_per_epoch(), 3u);
  EXPECT_EQ(drop.slice({}, 1).next, (Position{1, 0}));
  EXPECT_EQ(drop.slice({}, 2).epoch, 1u);
  EXPECT_EQ(keep.slice({}, 1).next, (Position{0, 8}));
  const Slice last = keep.slice({}, 2);
  EXPECT_EQ(last.begin, 8u);
  EXPECT_EQ(last.end, 10u);
  EXPECT_EQ(last.next, (Position{1, 0}));
  EXPECT_EQ(keep.steps_between({}, 3), 9u);
  EXPECT_EQ(keep.steps_between({1, 4}, 3), 5u);
  EXPECT_EQ(keep.steps_between({3, 0}, 3), 0u);
}

TEST(Order, GoesOnFromAnyPositionAsIfNeverStopped) {
  for (const bool drop_last : {true, false}) {
    const Order order(23, {.batch_size = 5, .drop_last = drop_last});
    Position at;
    for (uint64_t step = 0; step < 17; ++step) {
      const Slice whole = order.slice({}, step), resumed = order.slice(at, 0);
      EXPECT_EQ(whole.epoch, resumed.epoch);
      EXPECT_EQ(whole.begin, resumed.begin);
      EXPECT_EQ(whole.end, resumed.end);
      EXPECT_EQ(order.slice(at, 3).begin, order.slice({}, step + 3).begin);
      at = resumed.next;
    }
  }
}

TEST(Order, SharesAnEpochAmongProcessesAlsoWhenTheirNumberChanges) {
  const auto options = [](int64_t rank, int64_t world) {
    return OrderOptions{.batch_size = 3, .seed = 9, .drop_last = false, .rank = rank, .world = world};
  };
  std::multiset<uint64_t> seen;
  Position at;
  for (const int64_t world : {2, 2, 1, 4, 4, 4, 4}) {  // each step on another number of processes
    Position next;
    for (int64_t rank = 0; rank < world; ++rank) {
      const Order order(50, options(rank, world));
      const Slice slice = order.slice(at, 0);
      for (uint64_t i = slice.begin; i < slice.end; ++i) seen.insert(order.at(slice.epoch, i));
      next = slice.next;
    }
    at = next;
    if (at.epoch == 1) break;
  }
  EXPECT_EQ(at, (Position{1, 0}));
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(std::set<uint64_t>(seen.begin(), seen.end()).size(), 50u);
}

// 37 samples: the last batch holds fewer samples than processes for most of these, so some get none of it.
TEST(Order, PartsEveryBatchAmongTheProcessesAlsoWhereThereAreMoreOfThemThanSamples) {
  bool met_empty = false;
  for (const int64_t world : {1, 2, 3, 4, 5, 6, 7, 9, 12, 18, 36, 37, 50}) {
    for (const int64_t batch_size : {1, 2, 5}) {
      const auto order = [&](int64_t rank) {
        return Order(37, {.batch_size = batch_size, .drop_last = false, .rank = rank, .world = world});
      };
      const uint64_t steps = order(0).steps_per_epoch();
      for (uint64_t step = 0, expected = 0; step < steps; ++step) {
        for (int64_t rank = 0; rank < world; ++rank) {
          const Order own = order(rank);
          ASSERT_EQ(own.steps_per_epoch(), steps);
          const Slice slice = own.slice({}, step);
          EXPECT_EQ(slice.epoch, 0u);
          EXPECT_EQ(slice.begin, expected);
          ASSERT_GE(slice.end, slice.begin);
          EXPECT_LE(slice.end - slice.begin, static_cast<uint64_t>(batch_size));
          EXPECT_EQ(slice.next, order(0).slice({}, step).next);
          met_empty |= slice.end == slice.begin;
          expected = slice.end;
        }
        EXPECT_EQ(expected, step + 1 == steps ? 37 : (step + 1) * static_cast<uint64_t>(batch_size * world));
      }
    }
  }
  EXPECT_TRUE(met_empty);
}

TEST(Order, SubstitutesDifferByAttemptButAreFixed) {
  const Order order(1000, {.batch_size = 4});
  EXPECT_EQ(order.substitute(1, 2, 3), order.substitute(1, 2, 3));
  std::set<uint64_t> numbers;
  for (uint64_t attempt = 1; attempt <= 20; ++attempt) numbers.insert(order.substitute(1, 2, attempt));
  EXPECT_GT(numbers.size(), 15u);
}

static const std::vector<uint64_t> kShards = {40, 0, 25, 60, 1, 30, 44};  // 200 samples

static uint64_t shard_of(uint64_t number) {
  uint64_t shard = 0;
  for (; number >= kShards[shard]; ++shard) number -= kShards[shard];
  return shard;
}

static Order windowed(uint64_t window, uint64_t seed = 1) {
  return Order(200, {.batch_size = 10, .seed = seed, .window = window, .shards = kShards});
}

TEST(WindowedOrder, IsAPermutationOfItsOwnForEachEpochAndSeed) {
  for (const uint64_t window : {1, 7, 64, 199, 200, 1000}) {
    const Order order = windowed(window);
    EXPECT_EQ(sorted(epoch_of(order, 0)), ascending(200)) << window;
    EXPECT_EQ(epoch_of(order, 0), epoch_of(order, 0)) << window;
    EXPECT_NE(epoch_of(order, 0), epoch_of(order, 1)) << window;
    EXPECT_NE(epoch_of(order, 0), epoch_of(windowed(window, 2), 0)) << window;
  }
}

TEST(WindowedOrder, TakesShardsWholeAndShufflesWithinWindowsOnly) {
  const auto front_to_back = epoch_of(windowed(1), 5);
  std::vector<uint64_t> shards;
  for (const uint64_t number : front_to_back) {
    const uint64_t shard = shard_of(number);
    if (shards.empty() || shards.back() != shard) shards.push_back(shard);
  }
  EXPECT_EQ(sorted(shards), (std::vector<uint64_t>{0, 2, 3, 4, 5, 6}));  // each once, the empty one never
  EXPECT_FALSE(std::is_sorted(shards.begin(), shards.end()));
  for (const uint64_t window : {7, 64}) {
    const auto order = epoch_of(windowed(window), 5);
    EXPECT_NE(order, front_to_back);
    for (size_t begin = 0; begin < 200; begin += window) {
      const size_t end = std::min<size_t>(begin + window, 200);
      const auto part = [&](const auto& all) {
        return sorted(
            {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)});
      };
      EXPECT_EQ(part(order), part(front_to_back)) << window << ", " << begin;
    }
  }
}

TEST(WindowedOrder, NeedsNoShards) {
  const Order order(100, {.batch_size = 10, .window = 10});
  const auto numbers = epoch_of(order, 0);
  EXPECT_NE(numbers, ascending(100));
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(numbers[i] / 10, i / 10);
}

TEST(Order, RefusesOptionsOutOfRangeAndAnEpochWithoutABatch) {
  const auto why = [](uint64_t count, const OrderOptions& options) {
    return complaint<Error>([&] { Order(count, options); });
  };
  EXPECT_NE(why(3, {.batch_size = 4}).find("fewer than one batch of 4"), std::string::npos);
  EXPECT_NE(why(3, {.batch_size = 0}).find("batch_size is 0"), std::string::npos);
  EXPECT_NE(why(9, {.batch_size = 1, .rank = 2, .world = 2}).find("process 2 of 2"), std::string::npos);
  EXPECT_NE(why(9, {.batch_size = 1, .shards = {4, 4}}).find("the shards hold 8 samples, expected 9"),
            std::string::npos);
  EXPECT_EQ(why(3, {.batch_size = 4, .drop_last = false}), "");
}
