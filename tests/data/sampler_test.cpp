#include "albef/data/sampler.h"

#include <gtest/gtest.h>

#include <set>

#include "albef/base/error.h"
#include "temporary_folder.h"

using namespace albef;

/// Record i has i % 3 + 1 captions.
static PairList list_of(uint64_t records) {
  PairList list;
  list.begin_source("list.json", "");
  for (uint64_t i = 0; i < records; ++i) {
    std::vector<std::string> captions;
    for (uint64_t c = 0; c <= i % 3; ++c) captions.push_back(str("caption ", c, " of ", i));
    list.add(i + 1, str(i, ".jpg"), captions, static_cast<int64_t>(i));
  }
  return list;
}

static std::vector<uint64_t> epoch_of(const Sampler& sampler, uint64_t epoch) {
  std::vector<uint64_t> numbers;
  for (uint64_t i = 0; i < sampler.pairs_per_epoch(); ++i) numbers.push_back(sampler.at(epoch, i).number);
  return numbers;
}

TEST(Sampler, DrawsOneCaptionARecordAndAnEpoch) {
  const PairList list = list_of(300);
  const Sampler sampler(list, {.batch_size = 8, .seed = 5});
  EXPECT_EQ(sampler.pairs_per_epoch(), 300u);
  std::set<uint64_t> records, drawn_of_2;
  int counts[3] = {0, 0, 0};
  for (uint64_t i = 0; i < 300; ++i) {
    const Pair pair = sampler.at(0, i);
    records.insert(pair.record);
    ASSERT_LT(pair.caption, list.caption_count(pair.record));
    if (pair.record % 3 == 2) ++counts[pair.caption];
  }
  EXPECT_EQ(records.size(), 300u);
  for (int count : counts) EXPECT_GT(count, 15);  // of 100, a third each
  for (uint64_t epoch = 0; epoch < 20; ++epoch) {
    for (uint64_t i = 0; i < 300; ++i) {
      if (const Pair pair = sampler.at(epoch, i); pair.record == 2) drawn_of_2.insert(pair.caption);
    }
  }
  EXPECT_EQ(drawn_of_2.size(), 3u);
}

TEST(Sampler, ExpandsEveryCaptionToAPair) {
  const PairList list = list_of(30);
  const Sampler sampler(list, {.batch_size = 8, .captions = Captions::kExpand});
  EXPECT_EQ(sampler.pairs_per_epoch(), 60u);
  std::set<std::string> texts;
  for (uint64_t i = 0; i < 60; ++i) {
    const Pair pair = sampler.at(0, i);
    EXPECT_EQ(pair.number, list.first_caption(pair.record) + pair.caption);
    texts.insert(std::string(list.caption(pair.record, pair.caption)));
  }
  EXPECT_EQ(texts.size(), 60u);
}

TEST(Sampler, OrdersEachEpochAndSeedAnew) {
  const PairList list = list_of(100);
  const Sampler a(list, {.batch_size = 10, .seed = 1}), b(list, {.batch_size = 10, .seed = 2});
  std::vector<uint64_t> sorted(100);
  for (uint64_t i = 0; i < 100; ++i) sorted[i] = i;
  EXPECT_EQ(epoch_of(a, 0), epoch_of(a, 0));
  EXPECT_NE(epoch_of(a, 0), epoch_of(a, 1));
  EXPECT_NE(epoch_of(a, 0), epoch_of(b, 0));
  EXPECT_NE(epoch_of(a, 0), sorted);
  auto all = epoch_of(a, 3);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, sorted);
  EXPECT_EQ(epoch_of(Sampler(list, {.batch_size = 10, .shuffle = false}), 4), sorted);
}

TEST(Sampler, DropsOrKeepsTheLastBatch) {
  const PairList list = list_of(10);
  const Sampler drop(list, {.batch_size = 4}), keep(list, {.batch_size = 4, .drop_last = false});
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

TEST(Sampler, GoesOnFromAnyPositionAsIfNeverStopped) {
  const PairList list = list_of(23);
  for (const bool drop_last : {true, false}) {
    const Sampler sampler(list, {.batch_size = 5, .drop_last = drop_last});
    Position at;
    for (uint64_t step = 0; step < 17; ++step) {
      const Slice whole = sampler.slice({}, step), resumed = sampler.slice(at, 0);
      EXPECT_EQ(whole.epoch, resumed.epoch);
      EXPECT_EQ(whole.begin, resumed.begin);
      EXPECT_EQ(whole.end, resumed.end);
      EXPECT_EQ(sampler.slice(at, 3).begin, sampler.slice({}, step + 3).begin);
      at = resumed.next;
    }
  }
}

TEST(Sampler, SharesAnEpochAmongProcessesAlsoWhenTheirNumberChanges) {
  const PairList list = list_of(50);
  const auto options = [](int64_t rank, int64_t world) {
    return SamplerOptions{.batch_size = 3, .seed = 9, .drop_last = false, .rank = rank, .world = world};
  };
  std::multiset<uint64_t> seen;
  Position at;
  for (const int64_t world : {2, 2, 1, 4, 4, 4, 4}) {  // each step on another number of processes
    Position next;
    for (int64_t rank = 0; rank < world; ++rank) {
      const Sampler sampler(list, options(rank, world));
      const Slice slice = sampler.slice(at, 0);
      for (uint64_t i = slice.begin; i < slice.end; ++i) seen.insert(sampler.at(slice.epoch, i).number);
      next = slice.next;
    }
    at = next;
    if (at.epoch == 1) break;
  }
  EXPECT_EQ(at, (Position{1, 0}));
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(std::set<uint64_t>(seen.begin(), seen.end()).size(), 50u);
}

TEST(Sampler, SubstitutesDifferByAttemptButAreFixed) {
  const PairList list = list_of(1000);
  const Sampler sampler(list, {.batch_size = 4});
  EXPECT_EQ(sampler.substitute(1, 2, 3), sampler.substitute(1, 2, 3));
  std::set<uint64_t> numbers;
  for (uint64_t attempt = 1; attempt <= 20; ++attempt) numbers.insert(sampler.substitute(1, 2, attempt).number);
  EXPECT_GT(numbers.size(), 15u);
}

TEST(Sampler, RefusesAnEpochWithoutABatch) {
  const PairList list = list_of(3);
  EXPECT_NE(complaint<Error>([&] { Sampler(list, {.batch_size = 4}); }).find("fewer than one batch of 4"),
            std::string::npos);
  EXPECT_NE(complaint<Error>([&] { Sampler(list, {.batch_size = 0}); }).find("batch_size is 0"), std::string::npos);
  EXPECT_EQ(Sampler(list, {.batch_size = 4, .drop_last = false}).steps_per_epoch(), 1u);
}
