// The expected bits were computed with Pillow alone:
//   im = Image.frombytes("RGB", (w, h), bytes).resize((17, 16), Image.BILINEAR).convert("L")
//   bit(y, x) = im.getpixel((x + 1, y)) > im.getpixel((x, y))
#include "albef/image/picture_look.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/image/decode.h"
#include "albef/image/jpeg_writer.h"
#include "albef/image/resize.h"

using namespace albef;

namespace {

/// Pixel (x, y, channel) is a smooth formula that any language computes alike, in whole numbers.
Image formula(int width, int height) {
  Image image = Image::filled(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c)
        image.row(y)[3 * x + c] = static_cast<uint8_t>((x * x + 3 * x * y * (c + 1)) / 64 % 256);
    }
  }
  return image;
}

/// Rows of 16 bits as four hexadecimal digits, the first bit the highest.
std::string rows(const PictureLook& look) {
  std::string text;
  for (int row = 0; row < PictureLook::kRows; ++row) {
    int bits = 0;
    for (int column = 0; column < PictureLook::kColumns; ++column) bits = 2 * bits + look.bit(row, column);
    char digits[16];
    std::snprintf(digits, sizeof digits, "%04x", bits);
    text += (row > 0 ? " " : "") + std::string(digits);
  }
  return text;
}

/// Soft light and a few edges, as photographs have them.
Image photograph(uint64_t seed) {
  Rng rng(Purpose::kScene, {seed});
  Image small = Image::filled(9, 7);
  for (uint8_t& value : small.pixels) value = static_cast<uint8_t>(30 + rng.below(180));
  return resize(small, 400, 300);
}

}  // namespace

TEST(PictureLook, HasTheBitsOfPillow) {
  EXPECT_EQ(rows(picture_look(formula(100, 70))),
            "ffff ffff fffe fff8 fff1 ffe3 ffce ff9d ff99 ff32 fe74 fef1 fce3 fce3 f9c7 f9cf");
  EXPECT_EQ(rows(picture_look(formula(40, 333))),
            "ffff ffff ffff fff0 ffc7 ff1f fe7c fcf8 f9e3 fbcf f39c f739 e773 e666 eccc ecd9");
  EXPECT_EQ(rows(picture_look(formula(5, 3))),
            "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0004 0004 0004 0004 0004");
}

TEST(PictureLook, OfAGradientIsAllOnesOrNone) {
  Image image = Image::filled(170, 160);
  for (int y = 0; y < 160; ++y) {
    for (int x = 0; x < 3 * 170; ++x) image.row(y)[x] = static_cast<uint8_t>(x / 3);
  }
  PictureLook look = picture_look(image);
  for (const uint32_t band : look.bands) EXPECT_EQ(band, 0xffffffff);
  for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(255 - pixel);
  EXPECT_EQ(picture_look(image).bands, PictureLook{}.bands);
}

TEST(PictureLook, KeepsTheColoursOfItsQuarters) {
  Image image = Image::filled(64, 64);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) image.row(y)[3 * x] = 200;
  }
  const PictureLook look = picture_look(image);
  EXPECT_GT(look.colours[0], 140);
  EXPECT_LT(look.colours[3], 50);
  EXPECT_EQ(look.colours[1], 0);
}

TEST(PictureLook, IsAlikeForCopies) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Image image = photograph(seed);
    const PictureLook look = picture_look(image);
    const std::string coarse = encode_jpeg(image, 50);
    EXPECT_TRUE(look_alike(look, picture_look(decode_part(coarse, "coarse", {.least = kLookLeast}).image))) << seed;
    EXPECT_TRUE(look_alike(look, picture_look(resize(image, 200, 150)))) << seed;
    Image bright = image;
    for (uint8_t& value : bright.pixels) value = static_cast<uint8_t>(value + value / 10);
    EXPECT_TRUE(look_alike(look, picture_look(bright))) << seed;
    EXPECT_FALSE(look_alike(look, picture_look(photograph(seed + 1000)))) << seed;
  }
}

TEST(PictureLook, IsThatOfAnyPictureButAnEmptyOne) {
  EXPECT_EQ(picture_look(Image::filled(1, 1, 9)).bands, PictureLook{}.bands);
  EXPECT_THROW(picture_look(Image{}), Error);
}
