#include "albef/data/picture_template.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "temporary_folder.h"

namespace albef {
namespace {

const std::vector<std::string> kValues = {"12", "caf\xc3\xa9s", "000010007"};

size_t column(const std::string& name) {
  if (name.size() != 1 || name[0] < 'a' || name[0] > 'c') fail("has no column '", name, "'");
  return static_cast<size_t>(name[0] - 'a');
}

std::string path(const std::string& text, uint64_t row = 7) {
  return PictureTemplate("list.csv", text, column).path(row, [](size_t c) { return std::string_view(kValues[c]); });
}

std::string why(const std::string& text) {
  return complaint<Error>([&] { path(text); });
}

TEST(PictureTemplate, FormatsAsPython) {
  EXPECT_EQ(path("pictures/{row:09}.jpg"), "pictures/000000007.jpg");
  EXPECT_EQ(path("{row:09d}"), "000000007");
  EXPECT_EQ(path("{row}", 12'345'678'901), "12345678901");
  EXPECT_EQ(path("{row:03}", 12345), "12345");
  EXPECT_EQ(path("{row:09.5}/{row:09}", 10007), "00001/000010007");
  EXPECT_EQ(path("{c:.5}/{c}.jpg"), "00001/000010007.jpg");
  EXPECT_EQ(path("{a:0>12}"), "000000000012");
  EXPECT_EQ(path("{b:.4}"), "caf\xc3\xa9") << "characters, not bytes";
  EXPECT_EQ(path("{{{a}}}{row:}"), "{12}7");
  EXPECT_EQ(PictureTemplate("l", "{row}{c}{a}{c}", column).columns(), (std::vector<size_t>{2, 0, 2}));
}

TEST(PictureTemplate, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(why("{name}"), "has no column 'name'");
  EXPECT_EQ(why("{}"), "has no column ''");
  EXPECT_NE(why("{row:x}").find("list.csv: image '{row:x}' has the format 'x'; known are such as 09"),
            std::string::npos);
  for (const char* format :
       {"{row:9}", "{row:.}", "{row:0}", "{row:0999}", "{row:09s}", "{a:09d}", "{a:-1}", "{a:.5.5}"})
    EXPECT_NE(why(format).find("has the format"), std::string::npos) << format;
  EXPECT_NE(why("a{row").find("has a { without its }"), std::string::npos);
  EXPECT_NE(why("a}{row}").find("has a } without its {"), std::string::npos);
}

TEST(PictureTemplate, PathsStayBelowTheRoot) {
  const TemporaryFolder folder;
  folder.write("a/..b.jpg", "");
  EXPECT_EQ(picture_path_fault(folder.path(), "a/..b.jpg"), nullptr);
  EXPECT_STREQ(picture_path_fault(folder.path(), "a"), "no such file");
  EXPECT_STREQ(picture_path_fault(folder.path(), ""), "no such file");
  EXPECT_STREQ(picture_path_fault(folder.path(), "a/../a/..b.jpg"), "picture path leads outside");
  EXPECT_STREQ(picture_path_fault(folder.path(), folder / "a/..b.jpg"), "picture path leads outside");
}

}  // namespace
}  // namespace albef
