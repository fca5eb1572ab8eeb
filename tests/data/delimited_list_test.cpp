// Tables of pictures and captions: what comes out of them, and what of broken ones.
#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "albef/data/annotations.h"
#include "albef/data/delimited_rows.h"
#include "temporary_folder.h"

namespace albef {
namespace {

using Texts = std::vector<std::string>;
using Counts = std::map<std::string, uint64_t>;

class DelimitedList : public testing::Test {
 protected:
  Annotations read(const std::string& file, ListOptions options = {}) {
    options.source = file;
    return read_mixed({options}, {}, bad_);
  }
  Annotations table(const std::string& name, const std::string& text, const ListOptions& options = {}) {
    return read(folder_.write(name, text), options);
  }
  std::string why(const std::string& name, const std::string& text, const ListOptions& options = {}) {
    return complaint<Error>([&] { table(name, text, options); });
  }
  static Texts rows(const Annotations& list) {
    Texts rows;
    for (uint64_t i = 0; i < list.records(); ++i) rows.push_back(list.image(i) + "|" + std::string(list.caption(i, 0)));
    return rows;
  }
  void expect_in(const std::string& part, const std::string& message) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  TemporaryFolder folder_;
  BadSamples bad_;
};

TEST_F(DelimitedList, ColumnsAreFoundByTheirUsualNames) {
  const auto list =
      table("a.csv", "id,Title,filepath\n1,A dog,a.jpg\n2,Two cats,b.jpg\n", {.source = {}, .image_root = "root"});
  EXPECT_EQ(rows(list), (Texts{"root/a.jpg|A dog", "root/b.jpg|Two cats"}));
  EXPECT_EQ(list.place(1).record, 2U);
  EXPECT_EQ(rows(table("b.tsv", "image\tcaption\na.jpg\tA dog, and \"two\" cats\n")),
            Texts{"a.jpg|A dog, and \"two\" cats"});
  EXPECT_EQ(rows(table("C.CSV", "TEXT, image_path \nA dog,a.jpg")), Texts{"a.jpg|A dog"});
}

TEST_F(DelimitedList, ColumnsAreFoundByNameAndNumber) {
  const std::string text = "key,alt,where,title\n1,A dog,a.jpg,x\n";
  EXPECT_EQ(rows(table("a.csv", text, {.source = {}, .image = "where", .caption = "alt"})), Texts{"a.jpg|A dog"});
  EXPECT_EQ(rows(table("a.csv", text, {.source = {}, .image = "3", .caption = "2", .header = "yes"})),
            Texts{"a.jpg|A dog"});
  EXPECT_EQ(rows(table("a.csv", text, {.source = {}, .image = "3", .caption = "2"})),
            (Texts{"where|alt", "a.jpg|A dog"}));
  EXPECT_EQ(rows(table("a.csv", text, {.source = {}, .image = "3", .caption = "4"})), Texts{"a.jpg|x"})
      << "title is a usual name";
  EXPECT_EQ(rows(table("b.csv", "caption,a.jpg\nA dog,b.jpg\n",
                       {.source = {}, .image = "2", .caption = "1", .header = "no"})),
            (Texts{"a.jpg|caption", "b.jpg|A dog"}));
  EXPECT_EQ(rows(table("c.csv", "2,1\nA dog,a.jpg\n", {.source = {}, .image = "1", .caption = "2", .header = "yes"})),
            Texts{"a.jpg|A dog"})
      << "a name goes before a number";
}

TEST_F(DelimitedList, SeparatorsMayBeOthers) {
  EXPECT_EQ(rows(table("a.csv", "image|caption\na.jpg|A, B\n", {.source = {}, .separator = "|"})), Texts{"a.jpg|A, B"});
  for (const char* tab : {"tab", "\\t", "\t"})
    EXPECT_EQ(rows(table("a.csv", "image\tcaption\na.jpg\t\"A\nB\"\n", {.source = {}, .separator = tab})),
              Texts{"a.jpg|A\nB"});
  for (const char* wrong : {"", ";;", "\"", "\n"})
    expect_in("expected one character", why("a.csv", "image,caption\n", {.source = {}, .separator = wrong}));
}

TEST_F(DelimitedList, AColumnThatIsNotThereIsAskedFor) {
  expect_in("a.csv: has no column 'alt'; columns: 1 'image', 2 'caption'",
            why("a.csv", "image,caption\na,b\n", {.source = {}, .caption = "alt"}));
  expect_in("a.csv: has no column '3' (they count from 1); columns: 1 'image'",
            why("a.csv", "image,caption\na,b\n", {.source = {}, .caption = "3"}));
  expect_in("has no column '0' (they count from 1)",
            why("a.csv", "image,caption\na,b\n", {.source = {}, .image = "0"}));
  expect_in("columns in its first row: 1 'a dog', 2 'http://x'; if these are names, say header: yes",
            why("a.tsv", "a dog\thttp://x\n", {.source = {}, .image = "2", .caption = "text"}));
  expect_in(
      "set image to one of them, by name or number, or to where the pictures lie, as in image: 'pictures/{row:09}",
      why("a.tsv", "caption\turl\na\tb\n"));
  expect_in("as in caption: 1; columns in its first row: 1 'a'", why("a.tsv", "a\tb\n", {.source = {}, .image = "2"}));
  expect_in("a.csv: is empty", why("a.csv", ""));
  expect_in("a.csv: is empty", why("a.csv", "\xef\xbb\xbf\n\r\n"));
  expect_in("a.csv: its first row cannot be read: unclosed quote", why("a.csv", "image,\"caption\n"));
  expect_in("a.csv: no usable pair in it", why("a.csv", "image,caption\n"));
  expect_in("none.csv: no such file", complaint<Error>([&] { read(folder_ / "none.csv"); }));
}

TEST_F(DelimitedList, CsvQuotesHoldSeparatorsLinesAndQuotes) {
  const auto list = table("a.csv",
                          "\xef\xbb\xbfimage,caption\r\n\"a,1.jpg\",\"A \"\"big\"\" dog,\r\nand a cat\"\r\n"
                          "\r\nb.jpg,5\" nails\r\nc.jpg,\"last\"");
  EXPECT_EQ(rows(list), (Texts{"a,1.jpg|A \"big\" dog,\r\nand a cat", "b.jpg|5\" nails", "c.jpg|last"}));
  EXPECT_EQ(list.place(2).record, 3U) << "an empty line is no row";
}

TEST_F(DelimitedList, OnlyTheRowWithABrokenQuoteIsLost) {
  EXPECT_EQ(rows(table("a.csv", "image,caption\na.jpg,\"one\nb.jpg,\"two\"\nc.jpg,\"three\nand\"\nd.jpg,\"four\n")),
            (Texts{"b.jpg|two", "c.jpg|three\nand"}));
  EXPECT_EQ(bad_.by_reason(), (Counts{{"text behind a quote", 1}, {"unclosed quote", 1}}));
}

TEST_F(DelimitedList, AnUnclosedQuoteDoesNotSwallowTheFile) {
  std::string text = "image,caption\nx.jpg,\"bad\n";
  for (int i = 0; i < 100'000; ++i) text += "picture.jpg,a caption of some words\n";
  EXPECT_EQ(table("a.csv", text).records(), 100'000U);
  EXPECT_EQ(bad_.by_reason(), (Counts{{"unclosed quote", 1}}));
}

TEST_F(DelimitedList, QuotesThatNeverFitDoNotTakeForEver) {
  std::string text = "image,caption\n\"\n";
  while (text.size() < (size_t{20} << 20)) text += "b\",\"\n";  // each opens one up to the end of the row's 16 MB
  EXPECT_NE(why("a.csv", text), "");
  EXPECT_GT(bad_.by_reason()["unclosed quote"], 1'000'000U);
}

TEST_F(DelimitedList, CaptionsWhoseCommasAreNotQuotedAreNotCut) {
  const auto list = table("a.csv", "image,caption\na.jpg,a dog, a cat and a bird\nb.jpg,a dog\n");
  EXPECT_EQ(rows(list), Texts{"b.jpg|a dog"});
  EXPECT_EQ(bad_.by_reason(), (Counts{{"too many columns", 1}}));
}

TEST_F(DelimitedList, TsvQuotesCountOnlyAroundAField) {
  const auto list = table("a.tsv",
                          "caption\timage\n\"A \"\"big\"\" dog\"\ta.jpg\n\"stray\tb.jpg\n\"one\" two\"\tc.jpg\n"
                          "a \"\td.jpg\r\n\"x\ty\"\te.jpg\n");
  EXPECT_EQ(rows(list),
            (Texts{"a.jpg|A \"big\" dog", "b.jpg|\"stray", "c.jpg|\"one\" two\"", "d.jpg|a \"", "e.jpg|x\ty"}));
  EXPECT_EQ(bad_.total(), 0U);
}

TEST_F(DelimitedList, RowsThatCannotBeUsedAreCounted) {
  using namespace std::string_literals;
  const auto list =
      table("a.csv", "image,caption,image_id\na.jpg\n,x,1\nb.jpg,\nc\0.jpg,x\nd.jpg,caf\xe9\ne.jpg,good\n"s);
  EXPECT_EQ(rows(list), Texts{"e.jpg|good"});
  EXPECT_EQ(bad_.by_reason(), (Counts{{"caption not UTF-8", 1},
                                      {"empty caption", 1},
                                      {"image name with a zero byte", 1},
                                      {"no image name", 1},
                                      {"too few columns", 1}}));
  EXPECT_EQ(list.place(0).record, 6U);
  bad_.~BadSamples();
  new (&bad_) BadSamples;
  const std::string long_row = "a.jpg," + std::string(size_t{17} << 20, 'x') + "\nb.jpg,y\n";
  EXPECT_EQ(rows(table("b.csv", "image,caption\n" + long_row)), Texts{"b.jpg|y"});
  EXPECT_EQ(bad_.by_reason(), (Counts{{"row over 16 MB", 1}}));
}

TEST_F(DelimitedList, ImageIdsAreTexts) {
  const auto list = table("a.csv", "image,caption,image_id\na.jpg,x,7\nb.jpg,y,7\nc.jpg,z,\n");
  EXPECT_EQ(list.image_id(0), list.image_id(1));
  EXPECT_NE(list.image_id(1), list.image_id(2));
}

TEST_F(DelimitedList, PicturesMayLieWhereTheRowTells) {
  folder_.write("pictures/000000000.jpg", "");
  folder_.write("pictures/000000002.jpg", "");
  const ListOptions options = {
      .source = {}, .image_root = folder_.path(), .image = "pictures/{row:09}.jpg", .caption = "1"};
  const auto cc3m = table("cc3m.tsv", "a dog\thttp://a\na cat\thttp://b\n\"stray\thttp://c\n", options);
  EXPECT_EQ(rows(cc3m), (Texts{folder_ / "pictures/000000000.jpg|a dog", folder_ / "pictures/000000002.jpg|\"stray"}));
  EXPECT_EQ(bad_.by_reason(), (Counts{{"no such file", 1}}));
  const auto headed = table("headed.tsv", "caption\turl\na dog\thttp://a\n", options);
  EXPECT_EQ(headed.records(), 1U) << "the header does not count";
}

TEST_F(DelimitedList, PicturesMayLieWhereItsColumnsTell) {
  folder_.write("00001/000010007.jpg", "");
  const ListOptions options = {.source = {}, .image_root = folder_.path(), .image = "{key:.5}/{key}.jpg"};
  const auto list = table("a.csv", "key,caption\n000010007,a dog\n../../x,a cat\n", options);
  EXPECT_EQ(rows(list), Texts{folder_ / "00001/000010007.jpg|a dog"});
  EXPECT_EQ(bad_.by_reason(), (Counts{{"picture path leads outside", 1}}));
  expect_in("a.csv: has no column 'name'; columns: 1 'key'",
            why("a.csv", "key,caption\n1,a\n", {.source = {}, .image = "{name}.jpg"}));
}

TEST_F(DelimitedList, OptionsOfOtherFormatsAreRefused) {
  const auto json = folder_.write("a.json", R"([{"image": "a", "caption": "b"}])");
  const auto refused = [&](const ListOptions& options) { return complaint<Error>([&] { read(json, options); }); };
  expect_in("a.json: is a JSON list, which knows no separator; it is for a table",
            refused({.source = {}, .separator = "|"}));
  expect_in("a.json: is a JSON list, which knows no image; it is for", refused({.source = {}, .image = "2"}));
  expect_in("which knows no regions; it is for a JSON list",
            why("a.csv", "image,caption\na,b\n", {.source = {}, .regions = "crop"}));
  expect_in("describes no regions to crop", refused({.source = {}, .regions = "crop"}));
}

TEST(DelimitedRows, AreReadAcrossTheBuffersEdges) {
  const TemporaryFolder folder;
  std::string text;
  Texts cells;
  for (int i = 0; i < 3000; ++i) {
    cells.push_back(std::string(static_cast<size_t>(i % 700), 'a') + (i % 3 == 0 ? "\n" : "") + std::to_string(i));
    text += (i % 2 == 0 || i % 3 == 0 ? "\"" + cells.back() + "\"" : cells.back()) + ",x\r\n";
  }
  DelimitedRows rows(folder.write("a.csv", text), ',', Quotes::kSpanning);
  DelimitedRow row;
  for (const std::string& cell : cells) {
    ASSERT_TRUE(rows.next(row));
    ASSERT_EQ(row.fault, nullptr);
    ASSERT_EQ(row.fields, (Texts{cell, "x"}));
  }
  EXPECT_FALSE(rows.next(row));
}

}  // namespace
}  // namespace albef
