#include <gtest/gtest.h>

#include <thread>

#include "albef/base/error.h"
#include "albef/data/annotations.h"
#include "albef/data/parquet_file.h"
#include "temporary_folder.h"

namespace albef {
namespace {

std::string sample(const std::string& name) {
  return std::string(ALBEF_TEST_DATA) + "/data/samples/" + name;
}

Annotations read(const std::string& source, BadSamples& bad, ListOptions options = {.source = {}}) {
  options.source = source;
  return read_mixed({options}, {.image_root = "root"}, bad);
}

// tests/data/make_parquet.py wrote them; what stands here is what stands there.
TEST(Parquet, WithPicturesInAColumnAsImg2datasetWritesIt) {
  BadSamples bad;
  const auto list = read(sample("img2dataset.parquet"), bad);
  ASSERT_EQ(list.records(), 3u);
  EXPECT_EQ(list.caption(0, 0), "a dog");
  EXPECT_EQ(list.caption(2, 0), "caf\xc3\xa9 \xe7\x8a\xac");
  EXPECT_EQ(list.place(2).record, 5u);
  EXPECT_EQ(list.image(2), sample("img2dataset.parquet") + "/jpg/5");
  EXPECT_EQ(list.pictures()->read(list.image(0)), "first picture");
  EXPECT_EQ(list.pictures()->read(list.image(2)).size(), 250u);
  EXPECT_EQ(bad.by_reason(), (std::map<std::string, uint64_t>{{"no caption", 1}, {"empty caption", 1}}));
  const auto parts = list.parts(false);
  EXPECT_TRUE(parts.at(0).fetched);
  EXPECT_EQ(parts.at(0).shards, (std::vector<uint64_t>{2, 1})) << "row groups with a pair in them";
}

TEST(Parquet, OfTheHubHasGroupsOfBytesAndListsOfCaptions) {
  BadSamples bad;
  const auto list = read(sample("hub.parquet"), bad);
  ASSERT_EQ(list.records(), 3u);
  EXPECT_EQ(list.caption_count(0), 2u);
  EXPECT_EQ(list.caption(1, 1), "again");
  EXPECT_EQ(list.pictures()->read(list.image(1)), "second");
  EXPECT_NE(list.image_id(0), list.image_id(1));
  EXPECT_EQ(bad.by_reason(), (std::map<std::string, uint64_t>{{"no caption", 2}}));
  const auto message = complaint<UnusableSample>([&] { list.pictures()->read(sample("hub.parquet") + "/image/3"); });
  EXPECT_NE(message.find("the row has no picture"), std::string::npos) << message;
  EXPECT_NE(complaint<UnusableSample>([&] { list.pictures()->read(sample("hub.parquet") + "/image/6"); }), "");
}

TEST(Parquet, MayNamePicturesThatLieBeside) {
  BadSamples bad;
  const auto list = read(sample("paths.parquet"), bad);
  ASSERT_EQ(list.records(), 2u);
  EXPECT_EQ(list.image(0), "root/b/1.jpg");
  EXPECT_EQ(list.caption(1, 0), "two cats on a mat");
  EXPECT_FALSE(list.parts(false).at(0).fetched);
  EXPECT_EQ(bad.by_reason(),
            (std::map<std::string, uint64_t>{{"no caption", 1}, {"empty caption", 1}, {"no image name", 1}}));
  BadSamples none;
  EXPECT_EQ(read(sample("paths.parquet"), none, {.source = {}, .image = "3", .caption = "filepath"}).image(1),
            "root/q");
}

TEST(Parquet, OfOneFileReadTwiceKeepsItsColumnsApart) {
  BadSamples bad;
  const auto file = sample("pandas.parquet");
  const auto list = read_mixed({{.source = file, .image = "original"}, {.source = file, .image = "edited"}}, {}, bad);
  ASSERT_EQ(list.records(), 6u);
  EXPECT_EQ(list.pictures()->read(list.image(1)), "before 1");
  EXPECT_EQ(list.pictures()->read(list.image(4)), "after 1");
  EXPECT_NE(list.image_id(1), list.image_id(4)) << "numbers with a gap are no ids";
  EXPECT_EQ(list.caption(2, 1), "again 2") << "lists of fixed size";
}

TEST(Parquet, ErrorsNameTheColumnsThereAre) {
  const auto message = [](const std::string& file, const ListOptions& options) {
    BadSamples bad;
    return complaint<Error>([&] { read(file, bad, options); });
  };
  EXPECT_NE(message(sample("paths.parquet"), {.source = {}, .caption = "title"})
                .find("has no column 'title'; columns: 1 'filepath', 2 'TEXT', 3 'image_id'"),
            std::string::npos);
  EXPECT_NE(message(sample("numbers.parquet"), {.source = {}}).find("column 'image' holds double, expected texts"),
            std::string::npos);
  const TemporaryFolder folder;
  const auto text = folder.write("x.parquet", "no Parquet at all, though its name says so\n");
  EXPECT_NE(message(text, {.source = {}}).find("cannot be read as Parquet"), std::string::npos);
  EXPECT_NE(message(folder / "none.parquet", {.source = {}}).find("cannot be read as Parquet"), std::string::npos);
}

TEST(Parquet, OfWhichABitIsWrongIsAnErrorOrAnotherTable) {
  const TemporaryFolder folder;
  for (const char* name : {"img2dataset.parquet", "hub.parquet", "paths.parquet"}) {
    const std::string whole = read_file(sample(name));
    for (size_t at = 0; at < whole.size(); at += 13) {
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ 0x41);
      const auto file = folder.write("broken.parquet", broken);
      complaint<Error>([&] {
        BadSamples bad;
        const auto list = read(file, bad);
        for (uint64_t record = 0; record < list.records(); ++record) list.pictures()->read(list.image(record));
      });
    }
  }
}

TEST(Parquet, IsReadByManyThreads) {
  BadSamples bad;
  const auto list = read(sample("img2dataset.parquet"), bad);
  list.pictures()->hold(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        EXPECT_EQ(list.pictures()->read(list.image(j % 2)), j % 2 == 0 ? "first picture" : "second");
        EXPECT_EQ(list.pictures()->read(list.image(2)).size(), 250u);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace albef
