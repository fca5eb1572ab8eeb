#include "albef/train/metrics_log.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {
namespace {

TEST(MetricsLog, PassesOverALastLineThatWasCut) {
  const TemporaryFolder folder;
  const std::string whole = "{\"step\":1,\"lr\":0.5}\n{\"step\":2}\n";
  for (const std::string rest : {"", "{\"step\":3", "{", "\"", std::string(7, '\0').c_str()}) {
    EXPECT_EQ(read_metrics(folder.write("metrics.jsonl", whole + rest)).size(), 2U) << rest;
  }
  EXPECT_EQ(read_metrics(folder.write("metrics.jsonl", whole + "{\"step\":3}")).size(), 3U);
  EXPECT_EQ(read_metrics(folder.write("metrics.jsonl", "")).size(), 0U);
  EXPECT_EQ(read_metrics(folder / "missing").size(), 0U);
}

TEST(MetricsLog, NamesALineThatIsNone) {
  const TemporaryFolder folder;
  for (const std::string bad : {"nonsense", "[1]", "{\"step\":\"x\"}", "{\"loss\":1}", "", "{\"step\":1e999}"}) {
    const auto path = folder.write("metrics.jsonl", "{\"step\":1}\n" + bad + "\n{\"step\":2}\n");
    EXPECT_EQ(complaint<Error>([&] { read_metrics(path); }).find(path + ":2: is no line"), 0U) << bad;
  }
}

TEST(MetricsLog, AppendsALine) {
  const TemporaryFolder folder;
  append_metrics(folder / "metrics.jsonl", {{"step", 1}});
  append_metrics(folder / "metrics.jsonl", {{"step", 2}});
  EXPECT_EQ(read_file(folder / "metrics.jsonl"), "{\"step\":1}\n{\"step\":2}\n");
  EXPECT_NE(complaint<Error>([&] { append_metrics("/dev/full", {{"step", 1}}); }), "");
}

}  // namespace
}  // namespace albef
