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

TEST(FileBytes, TellMissingFilesFromUnreadableOnes) {
  const TemporaryFolder folder;
  EXPECT_EQ(FileBytes().read(folder.write("a", std::string("x\0y", 3))), std::string("x\0y", 3));
  Pictures pictures;
  EXPECT_EQ(reason_of(pictures, folder / "gone.png"), "no such file");
  EXPECT_EQ(reason_of(pictures, folder.path()), "unreadable file");
  EXPECT_NE(complaint<Error>([&] { pictures.check(folder / "gone.png"); }).find("gone.png: no such file"),
            std::string::npos);
}
