#include "albef/image/jpeg_writer.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "albef/base/error.h"
#include "albef/image/decode.h"

using namespace albef;

TEST(JpegWriter, WritesWhatTheDecoderReadsBack) {
  Image image = Image::filled(40, 24);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x)
      image.row(y)[3 * x] = image.row(y)[3 * x + 1] = image.row(y)[3 * x + 2] = static_cast<uint8_t>(4 * x + 2 * y);
  }
  const Image back = decode_image(encode_jpeg(image, 95), "written");
  ASSERT_EQ(back.width, image.width);
  ASSERT_EQ(back.height, image.height);
  for (size_t i = 0; i < image.pixels.size(); ++i) ASSERT_LE(std::abs(image.pixels[i] - back.pixels[i]), 6) << i;
}

TEST(JpegWriter, RefusesAnEmptyPicture) {
  EXPECT_THROW(encode_jpeg(Image()), Error);
}
