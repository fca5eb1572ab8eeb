// Whatever the bytes, decoding ends with a picture of the size that the header tells, or with Error. What else could
// happen (a crash, a read out of bounds, endless work, a giant allocation) the sanitizers and the time limit show.
#include <gtest/gtest.h>

#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/rng.h"
#include "albef/image/decode.h"
#include "albef/image/jpeg_writer.h"
#include "albef/image/png_writer.h"
#include "pictures.h"

namespace albef {
namespace {

constexpr DecodeOptions kOptions{.max_pixels = 1'000'000, .honour_exif = true};

/// True where a picture came out.
bool survives(const std::string& bytes, const Part& part = {}) {
  ImageSize size;
  try {
    size = image_size(bytes, "hostile", kOptions);
    const DecodedPart decoded = decode_part(bytes, "hostile", part, kOptions);
    EXPECT_EQ(decoded.image.pixels.size(), size_t{3} * decoded.image.width * decoded.image.height);
    if (part.crop == Part{}.crop && decoded.scale == 1) {
      EXPECT_EQ(size, (ImageSize{decoded.image.width, decoded.image.height}));
    }
    return true;
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 400u);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return false;
  }
}

std::vector<std::string> samples() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ALBEF_TEST_DATA) + "/goldens/input")) {
    const auto extension = entry.path().extension();
    if (extension == ".safetensors" || extension == ".jsonl" || extension == ".txt") continue;
    files.push_back(read_file(entry.path()));
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  const Image small = noise(23, 17, 1);
  RawGif gif{23, 17, 2, 1, 20, 15, true, 3, std::vector<uint8_t>(300, 1), std::vector<uint8_t>(12, 9)};
  for (size_t i = 0; i < gif.indices.size(); ++i) gif.indices[i] = small.pixels[i] % 4;
  files.push_back(encode_raw_gif(gif));
  files.push_back(encode_raw_png({23, 17, 16, 0, true, std::vector<uint8_t>(23 * 17 * 2, 77), {}, {}}));
  files.push_back(encode_webp(15, 17, std::vector<uint8_t>(small.pixels.begin(), small.pixels.begin() + 15 * 17 * 4)));
  files.push_back(with_orientation(encode_jpeg(small), 6));
  files.push_back(with_orientation(encode_png(small), 5, true));
  // BMP by run lengths: random pairs over a palette.
  std::string runs;
  for (uint8_t byte : small.pixels) runs += static_cast<char>(byte % 16);
  files.push_back("BM" + little(0, 8) + little(14 + 40 + 1024, 4) + little(40, 4) + little(60, 4) + little(40, 4) +
                  little(1, 2) + little(8, 2) + little(1, 4) + little(0, 20) + std::string(1024, 'p') + runs);
  return files;
}

TEST(Hostile, TruncatedAnywhere) {
  int pictures = 0;
  for (const std::string& bytes : samples()) {
    ASSERT_TRUE(survives(bytes));
    const size_t step = 1 + bytes.size() / 600;
    for (size_t length = 0; length < bytes.size(); length += step) pictures += survives(bytes.substr(0, length));
  }
  EXPECT_GT(pictures, 1000);  // truncated files are accepted, so many a one gives a picture
}

TEST(Hostile, BytesChangedAtRandom) {
  Rng rng(Purpose::kSynthetic, {11});
  for (const std::string& bytes : samples()) {
    for (int attempt = 0; attempt < 200; ++attempt) {
      std::string damaged = bytes;
      // Mostly near the beginning, where the headers are.
      for (uint64_t flips = 1 + rng.below(6); flips > 0; --flips) {
        const uint64_t reach = rng.below(2) == 0 ? std::min<uint64_t>(bytes.size(), 100) : bytes.size();
        damaged[rng.below(reach)] = static_cast<char>(rng());
      }
      survives(damaged, {.least = {8, 8}});
      survives(damaged, {.crop = {5, 7, 9, 11}});
      survives(damaged);
    }
  }
}

TEST(Hostile, RandomBytesBehindEveryMagic) {
  Rng rng(Purpose::kSynthetic, {12});
  for (const std::string magic :
       {"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "RIFF....WEBPVP8 ", "RIFF....WEBPVP8X", "GIF89a", "BM"}) {
    for (int attempt = 0; attempt < 300; ++attempt) {
      std::string bytes = magic;
      for (uint64_t i = rng.below(200); i > 0; --i) bytes += static_cast<char>(rng());
      survives(bytes);
    }
  }
}

// A JPEG may repeat its scans; each costs as much work as the picture is large, and only a few bytes.
TEST(Hostile, JpegOfEndlessScans) {
  const std::string bytes = read_file(std::string(ALBEF_TEST_DATA) + "/goldens/input/jpeg_progressive.jpg");
  const size_t scan = bytes.find("\xff\xda"), next = bytes.find("\xff\xc4", scan);
  std::string repeated = bytes.substr(0, next);
  for (int i = 0; i < 5000; ++i) repeated += bytes.substr(scan, 14);
  EXPECT_FALSE(survives(repeated + "\xff\xd9"));
}

}  // namespace
}  // namespace albef
