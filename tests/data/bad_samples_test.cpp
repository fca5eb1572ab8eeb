#include "albef/data/bad_samples.h"

#include <gtest/gtest.h>

#include <sstream>

#include "albef/base/files.h"
#include "albef/base/json.h"
#include "temporary_folder.h"

using namespace albef;

TEST(BadSamples, AreNamedOnceAlsoOverARestart) {
  const TemporaryFolder folder;
  const std::string path = folder / "bad.jsonl";
  const BadSample sample{.place = {"a\xff.jpg", "l.json", 3}, .reason = "no such file", .epoch = 2};
  {
    BadSamples bad(path);
    EXPECT_FALSE(std::filesystem::exists(path));
    bad.add(sample);
    bad.add(sample);
    EXPECT_EQ(bad.total(), 2u);
    EXPECT_EQ(bad.summary(), "2 no such file");
  }
  std::ofstream(path, std::ios::app) << R"({"file": 1, "record": 1e300, "reason": []})"
                                     << "\n"
                                     << "{\"image\": \"cut o";  // as a crash leaves it
  BadSamples again(path);
  again.add(sample);
  again.add({.place = {"b.jpg", "l.json", 4}, .reason = "empty file", .epoch = 2});
  std::istringstream lines(read_file(path));
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(Json::parse(all[0])["record"], 3);
  EXPECT_EQ(Json::parse(all[3])["image"], "b.jpg");
}

TEST(BadSamples, SayWhenTheirFileCannotBeWritten) {
  BadSamples bad("/proc/none/bad.jsonl");
  EXPECT_NE(complaint<Error>([&] { bad.add({.reason = "x"}); }).find("cannot be written"), std::string::npos);
}
