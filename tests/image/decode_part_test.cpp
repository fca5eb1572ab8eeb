// Parts of JPEGs: the pixels of a crop are those of the whole picture, whatever the sampling, the size and the scale.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

// jpeglib.h needs FILE and size_t from above it.
#include <jpeglib.h>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/image/decode.h"
#include "albef/image/png_writer.h"
#include "pictures.h"

namespace albef {
namespace {

struct Writing {
  const char* name;
  int across = 2, down = 2;  ///< pixels of light to one of colour
  bool gray = false, progressive = false;
  unsigned restart = 0;  ///< blocks between restart markers
};

std::string encode(const Image& image, const Writing& writing) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &buffer, &size);
  codec.image_width = static_cast<JDIMENSION>(image.width);
  codec.image_height = static_cast<JDIMENSION>(image.height);
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  if (writing.gray) jpeg_set_colorspace(&codec, JCS_GRAYSCALE);
  codec.comp_info[0].h_samp_factor = writing.across;
  codec.comp_info[0].v_samp_factor = writing.down;
  codec.restart_interval = writing.restart;
  jpeg_set_quality(&codec, 90, TRUE);
  if (writing.progressive) jpeg_simple_progression(&codec);
  jpeg_start_compress(&codec, TRUE);
  for (int y = 0; y < image.height; ++y) {
    auto* row = const_cast<JSAMPLE*>(image.row(y));
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  std::string bytes(reinterpret_cast<const char*>(buffer), size);
  std::free(buffer);
  return bytes;
}

constexpr Writing kWritings[] = {
    {"4:2:0"},
    {"4:2:2", 2, 1},
    {"4:4:4", 1, 1},
    {"4:4:0", 1, 2},
    {"4:1:1", 4, 1},
    {"gray", 1, 1, true},
    {"gray, doubled", 2, 2, true},
    {"progressive", 2, 2, false, true},
    {"restarts", 2, 2, false, false, 3},
};

Crop draw_crop(ImageSize size, Rng& rng) {
  Crop crop{0, 0, 1 + static_cast<int>(rng.below(size.width)), 1 + static_cast<int>(rng.below(size.height))};
  crop.left = static_cast<int>(rng.below(size.width - crop.width + 1));
  crop.top = static_cast<int>(rng.below(size.height - crop.height + 1));
  return crop;
}

/// Whether `part` shows what the crop touches of `whole`, a picture at `part`'s scale.
bool shows(const DecodedPart& part, const Image& whole, const Crop& crop) {
  const auto first = [&](int start) { return static_cast<int>(start * part.scale); };
  const auto end = [&](int stop, int limit) { return std::min(static_cast<int>(std::ceil(stop * part.scale)), limit); };
  const int left = first(crop.left), right = end(crop.left + crop.width, whole.width);
  const int bottom = end(crop.top + crop.height, whole.height);
  if (left < part.left || right > part.left + part.image.width) return false;
  for (int y = first(crop.top); y < bottom; ++y) {
    if (y < part.top || y >= part.top + part.image.height) return false;
    const uint8_t* seen = part.image.row(y - part.top) + size_t{3} * (left - part.left);
    if (!std::equal(seen, seen + size_t{3} * (right - left), whole.row(y) + size_t{3} * left)) return false;
  }
  return true;
}

TEST(DecodePart, ShowsTheWholePicturesPixels) {
  Rng rng(Purpose::kSynthetic, {21});
  for (const Writing& writing : kWritings) {
    for (const ImageSize size : {ImageSize{161, 99}, {96, 64}, {97, 130}, {33, 17}, {16, 200}, {5, 3}}) {
      const std::string bytes = encode(noise(size.width, size.height, 1), writing);
      for (const int divisor : {1, 2, 4, 8}) {
        const ImageSize least{size.width / divisor, size.height / divisor};
        const Image whole = decode_part(bytes, "picture", {.least = least}).image;
        for (int attempt = 0; attempt < 60; ++attempt) {
          const Crop crop = draw_crop(size, rng);
          ASSERT_TRUE(shows(decode_part(bytes, "picture", {crop, least}), whole, crop))
              << writing.name << ", " << size.width << " x " << size.height << " / " << divisor << ": " << crop.width
              << " x " << crop.height << " at " << crop.left << ", " << crop.top;
        }
      }
    }
  }
}

TEST(DecodePart, LeavesOutWhatIsOutside) {
  const std::string bytes = encode(noise(320, 240, 1), {"4:2:0"});
  const DecodedPart part = decode_part(bytes, "picture", {.crop = {100, 50, 60, 70}});
  EXPECT_EQ(part.top, 50);
  EXPECT_EQ(part.image.height, 70);
  EXPECT_LE(part.image.width, 60 + 2 * 16);
}

// A damaged file shows the same, whether it is cut before the crop, within it or behind.
TEST(DecodePart, ShowsTheSameOfDamagedFiles) {
  const ImageSize size{160, 120};
  Rng rng(Purpose::kSynthetic, {22});
  for (const Writing& writing : kWritings) {
    const std::string bytes = encode(noise(size.width, size.height, 1), writing);
    for (int attempt = 0; attempt < 150; ++attempt) {
      std::string damaged = bytes;
      const size_t at = 700 + rng.below(bytes.size() - 700);
      if (attempt % 2 == 0) damaged.resize(at);
      if (attempt % 2 == 1) damaged[at] = static_cast<char>(rng());
      const Crop crop = draw_crop(size, rng);
      Image whole;
      try {
        whole = decode_image(damaged, "picture");
      } catch (const Error&) {
        EXPECT_THROW(decode_part(damaged, "picture", {.crop = crop}), Error);
        continue;
      }
      ASSERT_TRUE(shows(decode_part(damaged, "picture", {.crop = crop}), whole, crop)) << writing.name << ", " << at;
    }
  }
}

TEST(DecodePart, ClipsTheCropToThePicture) {
  const std::string bytes = encode(noise(50, 40, 1), {"4:2:0"});
  const Image whole = decode_image(bytes, "picture");
  EXPECT_EQ(decode_part(bytes, "picture", {}).image, whole);
  EXPECT_TRUE(shows(decode_part(bytes, "picture", {.crop = {30, 20, 100, 100}}), whole, {30, 20, 20, 20}));
}

TEST(DecodePart, IsTheWholeOfOtherFormatsAndOfTurnedPictures) {
  const Image image = noise(50, 40, 1);
  EXPECT_EQ(decode_part(encode_png(image), "picture", {.crop = {3, 4, 5, 6}}).image, image);
  const std::string turned = with_orientation(encode(image, {"4:2:0"}), 6);
  EXPECT_EQ(decode_part(turned, "picture", {.crop = {3, 4, 5, 6}}, {.honour_exif = true}).image,
            decode_image(turned, "picture", {.honour_exif = true}));
}

}  // namespace
}  // namespace albef
