#include "albef/data/captions.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "temporary_folder.h"

namespace albef {
namespace {

using Texts = std::vector<std::string>;

class ReadCaptions : public testing::Test {
 protected:
  std::string refused(const std::string& name, const std::string& content) {
    const auto path = folder_.write(name, content);
    return complaint<Error>([&] { read_captions({path}); });
  }
  TemporaryFolder folder_;
};

TEST_F(ReadCaptions, OfAllFilesComeInTheirOrder) {
  const auto list = folder_.write("a.json", R"([{"caption": ["one", "two"]}, {"caption": "three", "image": 5}])");
  const auto lines = folder_.write("b.txt", "four\n\nfive");
  EXPECT_EQ(read_captions({lines, list}), (Texts{"four", "", "five", "one", "two", "three"}));
  EXPECT_EQ(read_captions({}), Texts{});
}

TEST_F(ReadCaptions, AreRefusedByRecordAndLine) {
  EXPECT_NE(refused("a.json", R"([{"caption": "x"}, {"image": "b.png"}])").find("a.json: record 2 has no \"caption\""),
            std::string::npos);
  EXPECT_NE(
      refused("a.json", R"([{"caption": ["x", 5]}])").find("record 1: \"caption\" is a number, expected a string"),
      std::string::npos);
  EXPECT_NE(refused("a.txt", "good\nbad \xff\n").find("a.txt:2: is not UTF-8"), std::string::npos);
  EXPECT_NE(refused("a.xyz", "x").find("a.xyz: expected a list of records"), std::string::npos);
  EXPECT_NE(refused("a.csv", "x").find("a.csv: no column is known"), std::string::npos);
  EXPECT_NE(complaint<Error>([&] { read_captions({folder_ / "none.txt"}); }).find("none.txt"), std::string::npos);
}

}  // namespace
}  // namespace albef
