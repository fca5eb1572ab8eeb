#include "albef/tasks/common/sample_scores.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

SampleLines lines(int64_t count, int64_t right) {
  SampleLines made;
  for (int64_t n = 0; n < count; ++n)
    made.push_back({{"sample", str("list:", n)}, {"scores", {{"accuracy", n < right ? 1 : 0}}}});
  return made;
}

// The normal approximation of a share's interval is good at these counts.
TEST(SampleScores, EstimateMeansWithTheirIntervals) {
  const auto found = estimates(lines(1000, 600)).at("accuracy");
  const double half = 100 * 1.96 * std::sqrt(0.6 * 0.4 / 1000);
  EXPECT_NEAR(found.mean, 60, 1e-9);
  EXPECT_NEAR(found.low, 60 - half, 0.3);
  EXPECT_NEAR(found.high, 60 + half, 0.3);
  EXPECT_EQ(found.samples, 1000);
}

TEST(SampleScores, DifferencesArePairedAndKnowNoMoreThanTheyShould) {
  const auto same = differences(lines(100, 50), lines(100, 50), "f").at("accuracy");
  EXPECT_EQ(same.low, 0);  // unpaired samples would have shown chance
  EXPECT_EQ(same.high, 0);
  const auto better = differences(lines(400, 240), lines(400, 200), "f").at("accuracy");
  EXPECT_NEAR(better.mean, 10, 1e-9);
  EXPECT_GT(better.low, 5);
  EXPECT_LT(better.high, 15);
}

TEST(SampleScores, OfASampleWithoutAMetricAreLeftOut) {
  auto some = lines(4, 2);
  some[0]["scores"]["two_way"] = 1;
  some[3]["scores"]["two_way"] = 0;
  EXPECT_EQ(estimates(some).at("two_way").samples, 2);
  EXPECT_NEAR(estimates(some).at("two_way").mean, 50, 1e-9);
}

TEST(SampleScores, OfOtherListsAreRefused) {
  EXPECT_THROW(differences(lines(3, 1), lines(4, 1), "f"), Error);
  auto other = lines(3, 1);
  other[1]["sample"] = "elsewhere";
  EXPECT_THROW(differences(lines(3, 1), other, "f"), Error);
  auto no_metric = lines(3, 1);
  for (auto& line : no_metric) line["scores"] = {{"other", 1}};
  EXPECT_THROW(differences(lines(3, 1), no_metric, "f"), Error);
}

TEST(SampleScores, AreReadAsTheyWereWritten) {
  const TemporaryFolder folder;
  write_sample_lines(folder / "lines.jsonl", lines(3, 1));
  EXPECT_EQ(read_sample_lines(folder / "lines.jsonl"), lines(3, 1));
  for (const char* bad : {"", "[]\n", "{}\n", "{\"scores\": {\"a\": 1}}\n", "{\"sample\": 1, \"scores\": {\"a\": 1}}\n",
                          "{\"sample\": \"x\", \"scores\": {\"a\": 1.5}}\n", "{\"scores\": {\"a\": \"1\"}}\n",
                          "{\"scores\": 1}\n", "{\"scores\": {\"a\": 1}\n"}) {
    EXPECT_THROW(read_sample_lines(folder.write("bad.jsonl", bad)), Error) << bad;
  }
}

}  // namespace
}  // namespace albef
