#include "albef/data/pictures.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "photos.h"

using namespace albef;

namespace {

/// Pictures that lie in memory, and how often one was asked for.
class MemoryBytes : public ByteSource {
 public:
  std::map<std::string, std::string> files;
  mutable std::atomic<int> reads = 0;
  std::string read(const std::string& name) const override {
    ++reads;
    const auto found = files.find(name);
    if (found == files.end()) throw UnusableSample(name + ": not in memory", "no such file");
    return found->second;
  }
};

std::string reason_of(Pictures& pictures, const std::string& name) {
  try {
    pictures.check(name);
  } catch (const UnusableSample& error) {
    return error.reason();
  }
  return "";
}

}  // namespace

TEST(Pictures, ComeFromAnyByteSource) {
  const auto bytes = std::make_shared<MemoryBytes>();
  const Image image = Image::filled(30, 20, 7);
  bytes->files = {{"shard-0.tar/a.png", encode_png(image)}, {"empty", ""}, {"page", "<html>"}};
  Pictures pictures({}, bytes);
  EXPECT_EQ(pictures.original("shard-0.tar/a.png"), image);
  EXPECT_EQ(pictures.whole("shard-0.tar/a.png", 8, Interpolation::kBicubic), Image::filled(8, 8, 7));
  EXPECT_EQ(reason_of(pictures, "shard-0.tar/b.png"), "no such file");
  EXPECT_EQ(reason_of(pictures, "empty"), "empty file");
  EXPECT_EQ(reason_of(pictures, "page"), "no picture");
}

TEST(Pictures, AreMeasuredByTheirHeaders) {
  const auto bytes = std::make_shared<MemoryBytes>();
  bytes->files = {{"a.png", encode_png(Image::filled(30, 20, 7)).substr(0, 40)}, {"page", "<html>"}};
  const Pictures pictures({.shrink = 8, .blank = true}, bytes);
  EXPECT_EQ(pictures.size("a.png"), (ImageSize{30, 20}));
  EXPECT_THROW(pictures.size("page"), UnusableSample);
}

TEST(Pictures, AreReadOnceWhereTheCacheHoldsThem) {
  const auto bytes = std::make_shared<MemoryBytes>();
  bytes->files = {{"a", encode_png(Image::filled(30, 20, 7))}};
  Pictures pictures({.shrink = 4, .cache_bytes = 1000}, bytes);
  for (int i = 0; i < 3; ++i) pictures.check("a");
  EXPECT_EQ(bytes->reads, 1);
  EXPECT_EQ(pictures.original("a").width, 30);
  EXPECT_EQ(bytes->reads, 2);
}

TEST(Pictures, MayBePartsOfOthers) {
  const auto bytes = std::make_shared<MemoryBytes>();
  Image image = Image::filled(30, 20);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i % 251);
  bytes->files = {{"a.png", encode_png(image)}, {"b.png#xywh=1,2,0,4", encode_png(image)}};
  Pictures pictures({}, bytes);
  const Image part = pictures.original("a.png#xywh=5,7,10,4");
  ASSERT_EQ(part.width, 10);
  ASSERT_EQ(part.height, 4);
  for (int y = 0; y < 4; ++y)
    EXPECT_EQ(std::vector(part.row(y), part.row(y) + 30), std::vector(image.row(7 + y) + 15, image.row(7 + y) + 45));
  EXPECT_EQ(pictures.original("a.png#xywh=25,0,10,2147483647").width, 5) << "cut to the picture";
  EXPECT_EQ(pictures.size("a.png#xywh=25,0,10,2147483647"), (ImageSize{5, 20}));
  EXPECT_EQ(pictures.whole("a.png#xywh=5,7,10,4", 8, Interpolation::kBicubic), resize(part, 8, 8));
  Rng one(Purpose::kAugment, {3}), two(Purpose::kAugment, {3});
  EXPECT_EQ(pictures.augmented("a.png#xywh=5,7,10,4", {.resolution = 16}, one), augment(part, {.resolution = 16}, two));
  EXPECT_EQ(reason_of(pictures, "a.png#xywh=30,0,1,1"), "region outside the picture");
  EXPECT_EQ(reason_of(pictures, "c.png#xywh=0,0,1,1"), "no such file");
  EXPECT_THROW(pictures.size("a.png#xywh=0,20,1,1"), UnusableSample);
  EXPECT_EQ(pictures.original("b.png#xywh=1,2,0,4"), image) << "no part's name";
  for (const char* no_part : {"#xywh=1,2,3", "#xywh=1,2,3,4,5", "#xywh=-1,2,3,4", "#xywh=1,2,3,4.5", "#xywh=,2,3,4",
                              "#xywh=1,2,3,99999999999"})
    EXPECT_EQ(reason_of(pictures, std::string("a.png") + no_part), "no such file") << no_part;
}

TEST(Pictures, AFileMayBeCalledAsAPartIs) {
  const TemporaryFolder folder;
  folder.write("a.png", encode_png(Image::filled(30, 20)));
  const std::string name = folder.write("a.png#xywh=0,0,2,2", encode_png(Image::filled(7, 5)));
  EXPECT_EQ(Pictures().size(name), (ImageSize{7, 5}));
}

TEST(Pictures, PartsAreCachedAndShrunkEachByItself) {
  const auto bytes = std::make_shared<MemoryBytes>();
  Image image = Image::filled(30, 20);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i % 251);
  bytes->files = {{"a", encode_png(image)}};
  Pictures plain({.shrink = 4}, bytes), cached({.shrink = 4, .cache_bytes = 10000}, bytes);
  for (int turn = 0; turn < 2; ++turn) {
    for (const char* name : {"a#xywh=0,0,5,5", "a#xywh=5,5,20,10", "a"})
      EXPECT_EQ(cached.whole(name, 4, Interpolation::kBicubic), plain.whole(name, 4, Interpolation::kBicubic)) << name;
  }
  EXPECT_EQ(bytes->reads, 3 + 6);
}

TEST(FileBytes, TellMissingFilesFromUnreadableOnes) {
  const TemporaryFolder folder;
  EXPECT_EQ(FileBytes().read(folder.write("a", std::string("x\0y", 3))), std::string("x\0y", 3));
  Pictures pictures;
  EXPECT_EQ(reason_of(pictures, folder / "gone.png"), "no such file");
  EXPECT_EQ(reason_of(pictures, folder.path()), "unreadable file");
  EXPECT_NE(complaint<Error>([&] { pictures.check(folder / "gone.png"); }).find("gone.png: no such file"),
            std::string::npos);
}
