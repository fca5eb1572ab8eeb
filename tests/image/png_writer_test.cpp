#include "albef/image/png_writer.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "albef/image/decode.h"
#include "pictures.h"

namespace albef {
namespace {

TEST(EncodePng, ComesBackTheSame) {
  for (const auto& [width, height] : {std::pair{1, 1}, {17, 5}, {256, 200}}) {
    const Image image = noise(width, height, 1);
    EXPECT_EQ(decode_image(encode_png(image), "picture"), image);
  }
}

TEST(EncodePng, GivesTheSameBytesAgain) {
  const Image image = photo_like(100, 80, 2);
  EXPECT_EQ(encode_png(image), encode_png(image));
  EXPECT_LT(encode_png(Image::filled(100, 100)).size(), 400u);  // it does compress
}

TEST(EncodePng, RefusesAnEmptyPicture) {
  EXPECT_THROW(encode_png(Image()), Error);
}

}  // namespace
}  // namespace albef
