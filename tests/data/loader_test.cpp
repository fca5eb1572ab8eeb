#include "albef/data/loader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "albef/base/files.h"
#include "albef/base/json.h"
#include "temporary_folder.h"

using namespace albef;

namespace {

using Numbers = std::vector<uint64_t>;

/// Samples are their numbers and epochs; those below `broken` are unusable.
class Toy : public DataSource<uint64_t, Numbers> {
 public:
  explicit Toy(uint64_t size, uint64_t broken = 0) : size_(size), broken_(broken) {}
  uint64_t size() const override { return size_; }
  uint64_t read(uint64_t number, uint64_t epoch) const override {
    if (number < broken_) throw UnusableSample(str("sample ", number, ": broken"), number % 2 ? "odd" : "even");
    return 1000 * epoch + number;
  }
  Numbers collate(Numbers samples) const override { return samples; }
  Place place(uint64_t number) const override { return {str(number, ".png"), "list.json", number + 1}; }

 private:
  uint64_t size_, broken_;
};

using ToyBatch = Loaded<Numbers>;

LoaderOptions small(int threads = 2) {
  return {.order = {.batch_size = 4, .seed = 3}, .threads = threads, .prefetch = 3};
}

std::vector<ToyBatch> all_of(const Toy& source, const LoaderOptions& options, Position begin = {}, uint64_t epochs = 2,
                             BadSamples* bad = nullptr) {
  BadSamples own;
  Loader loader(source, bad ? *bad : own, options, begin, epochs);
  std::vector<ToyBatch> batches;
  EXPECT_EQ(loader.position(), begin);
  while (auto loaded = loader.next()) {
    EXPECT_EQ(loader.position(), loaded->next);
    batches.push_back(std::move(*loaded));
  }
  return batches;
}

void expect_same(const std::vector<ToyBatch>& a, const std::vector<ToyBatch>& b, size_t from = 0) {
  ASSERT_EQ(a.size(), b.size() + from);
  for (size_t i = 0; i < b.size(); ++i) {
    EXPECT_EQ(a[i + from].batch, b[i].batch);
    EXPECT_EQ(a[i + from].size, b[i].size);
    EXPECT_EQ(a[i + from].epoch, b[i].epoch);
    EXPECT_EQ(a[i + from].next, b[i].next);
  }
}

}  // namespace

TEST(Loader, ReadsInTheOrdersOrder) {
  const Toy source(18);
  auto options = small();
  options.order.drop_last = false;
  const Order order(18, options.order);
  const auto batches = all_of(source, options);
  ASSERT_EQ(batches.size(), 10u);
  for (size_t i = 0; i < 10; ++i) {
    const Slice slice = order.slice({}, i);
    Numbers want;
    for (uint64_t index = slice.begin; index < slice.end; ++index)
      want.push_back(1000 * slice.epoch + order.at(slice.epoch, index));
    EXPECT_EQ(batches[i].batch, want);
    EXPECT_EQ(batches[i].size, i % 5 == 4 ? 2 : 4);
    EXPECT_EQ(batches[i].epoch, slice.epoch);
    EXPECT_EQ(batches[i].next, slice.next);
    EXPECT_GE(batches[i].wait_seconds, 0);
  }
}

TEST(Loader, GivesTheSameStreamForAnyNumberOfThreads) {
  for (const uint64_t broken : {0, 2}) {
    const Toy source(230, broken);
    const auto one = all_of(source, small(1));
    ASSERT_EQ(one.size(), 114u);
    for (const int threads : {2, 4}) expect_same(one, all_of(source, small(threads)));
  }
}

TEST(Loader, GoesOnExactlyFromTheMiddle) {
  const Toy source(23);
  auto options = small();
  options.order.drop_last = false;
  const auto whole = all_of(source, options);
  ASSERT_EQ(whole.size(), 12u);
  for (size_t i = 0; i + 1 < whole.size(); ++i) expect_same(whole, all_of(source, options, whole[i].next), i + 1);
  EXPECT_TRUE(all_of(source, options, whole.back().next).empty());
}

// Two samples are left at the end for the three processes: one has none, and makes its step nevertheless.
TEST(Loader, DeliversAnEmptyBatchWhereTheLastHasFewerSamplesThanProcesses) {
  const Toy source(14);
  std::vector<int64_t> last;
  for (int64_t rank = 0; rank < 3; ++rank) {
    auto options = small();
    options.order = {.batch_size = 2, .seed = 3, .drop_last = false, .rank = rank, .world = 3};
    const auto batches = all_of(source, options, {}, 1);
    ASSERT_EQ(batches.size(), 3u) << rank;
    last.push_back(batches.back().size);
    EXPECT_EQ(batches.back().batch.size(), static_cast<size_t>(batches.back().size));
    EXPECT_EQ(batches.back().next, (Position{1, 0}));
  }
  EXPECT_EQ(last, (std::vector<int64_t>{0, 1, 1}));
}

TEST(Loader, ReplacesUnusableSamplesCountsAndListsThem) {
  const TemporaryFolder folder;
  const Toy source(60, 5);
  BadSamples bad(folder / "bad_samples.jsonl");
  const auto batches = all_of(source, small(1), {}, 2, &bad);
  ASSERT_EQ(batches.size(), 30u);
  for (const auto& loaded : batches) {
    EXPECT_EQ(loaded.size, 4);
    for (const uint64_t sample : loaded.batch) EXPECT_GE(sample % 1000, 5u);
  }
  EXPECT_GE(bad.by_reason()["even"], 6u);  // once an epoch, and where a substitute was broken too
  EXPECT_GE(bad.by_reason()["odd"], 4u);
  std::istringstream lines(read_file(folder / "bad_samples.jsonl"));
  std::map<int, Json> entries;
  for (std::string line; std::getline(lines, line);) {
    const Json entry = Json::parse(line);
    EXPECT_TRUE(entries.emplace(entry["record"].get<int>(), entry).second) << line;
  }
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[5]["image"], "4.png");
  EXPECT_EQ(entries[5]["file"], "list.json");
  EXPECT_EQ(entries[5]["epoch"], 0);
}

TEST(Loader, TakesTheOrdersSubstitutes) {
  const Toy source(60, 5);
  auto options = small();
  options.order.batch_size = 1;
  const Order order(60, options.order);
  const auto batches = all_of(source, options, {}, 1);
  for (uint64_t index = 0; index < 60; ++index) {
    uint64_t want = order.at(0, index);
    for (uint64_t attempt = 1; want < 5; ++attempt) want = order.substitute(0, index, attempt);
    EXPECT_EQ(batches[index].batch, Numbers{want});
  }
}

TEST(Loader, StopsWhenTooManySamplesAreBroken) {
  auto options = small();
  options.max_bad_share = 0.01;
  const std::string error = complaint<Error>([&] { all_of(Toy(60, 5), options, {}, 9); });
  EXPECT_NE(error.find("samples could not be used"), std::string::npos) << error;
  EXPECT_NE(error.find(".png of list.json: record "), std::string::npos) << error;
  EXPECT_NE(error.find("raise max_bad_share (now 0.01)"), std::string::npos) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST(Loader, IsNotStoppedByChanceBelowTheLimit) {
  auto options = small();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    options.order.seed = seed;
    EXPECT_EQ(all_of(Toy(50, 4), options, {}, 8).size(), 8 * 12u) << seed;
  }
}

TEST(Loader, GoesOnCountingWhereTheRunWasStopped) {
  const Toy source(60, 5);
  auto options = small();
  options.max_bad_share = 0.2;
  BadSamples bad;
  Loader first(source, bad, options, {}, 1);
  while (first.next()) {
  }
  EXPECT_EQ(first.window().unusable, bad.total());
  EXPECT_EQ(first.window().tried, 60 + bad.total());
  options.window = {.tried = 1000, .unusable = 300};
  const std::string error = complaint<Error>([&] { all_of(source, options); });
  EXPECT_NE(error.find(" of 100"), std::string::npos) << error;
}

TEST(Loader, StopsWhenEverySampleIsBrokenWhateverTheShare) {
  auto options = small();
  options.max_bad_share = 1;
  const std::string error = complaint<Error>([&] { all_of(Toy(6, 6), options, {}, 9); });
  EXPECT_NE(error.find("100 of 100 samples could not be used ("), std::string::npos) << error;
  EXPECT_NE(error.find("check image_root"), std::string::npos) << error;
}

TEST(Loader, WithoutSubstitutesAnUnusableSampleIsAnError) {
  auto options = small();
  options.substitute = false;
  EXPECT_NE(complaint<Error>([&] { all_of(Toy(8, 1), options); }).find("sample 0: broken"), std::string::npos);
}

TEST(Loader, RefusesAShareOutOfRange) {
  auto options = small();
  options.max_bad_share = 1.5;
  EXPECT_NE(complaint<Error>([&] { all_of(Toy(8), options); }).find("max_bad_share is 1.5"), std::string::npos);
}

TEST(Loader, EndsAtOnceWhileItReadsAhead) {
  const Toy source(40);
  for (int taken = 0; taken < 6; ++taken) {
    BadSamples bad;
    Loader loader(source, bad, small(4), {}, 1000);
    for (int i = 0; i < taken; ++i) ASSERT_TRUE(loader.next());
  }
}
