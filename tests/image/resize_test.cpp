#include "albef/image/resize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "albef/base/error.h"
#include "pictures.h"
#include "safetensors_u8.h"

namespace albef {
namespace {

TEST(Resize, EqualsPillowOnTheGoldens) {
  const PictureFile goldens(std::string(ALBEF_TEST_DATA) + "/goldens/input/images.safetensors");
  const auto pictures = goldens.metadata("images");
  for (const auto& [name, about] : pictures.items()) {
    const Image image = goldens.picture(name + ".rgb");
    const auto& c = about.at("crop");
    const Crop crop{c.at(0), c.at(1), c.at(2), c.at(3)};
    EXPECT_EQ(resize(image, 32, 32), goldens.picture(name + ".resize32")) << name;
    EXPECT_EQ(resize(image, 96, 96), goldens.picture(name + ".resize96")) << name;
    EXPECT_EQ(resized_crop(image, crop, 64, 64), goldens.picture(name + ".crop64")) << name;
  }
}

double weight(double x, Interpolation filter) {
  x = std::abs(x);
  if (filter == Interpolation::kBilinear) return std::max(0.0, 1 - x);
  if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
  return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

// One pass by the definition, in floating point: the mean of the pixels under the widened filter.
std::vector<double> stretched(const std::vector<double>& line, int to, Interpolation filter) {
  const int from = static_cast<int>(line.size());
  const double scale = static_cast<double>(from) / to, widening = std::max(1.0, scale);
  std::vector<double> result(to);
  for (int i = 0; i < to; ++i) {
    double sum = 0, total = 0;
    for (int j = 0; j < from; ++j) {
      const double w = weight((j + 0.5 - (i + 0.5) * scale) / widening, filter);
      sum += w * line[j], total += w;
    }
    result[i] = std::clamp(std::floor(sum / total + 0.5), 0.0, 255.0);
  }
  return result;
}

// Every width and strip of rows has its own edges in the fast code.
TEST(Resize, FollowsTheDefinitionAtEveryWidth) {
  for (const Interpolation filter : {Interpolation::kBicubic, Interpolation::kBilinear}) {
    for (int width = 1; width <= 40; ++width) {
      const Image image = noise(width, 1 + width * 7 % 37, width);
      for (int to : {1, 2, 5, 16, 33}) {
        const Image across = resize(image, to, image.height, filter);
        for (int y = 0; y < image.height; ++y) {
          for (int c = 0; c < 3; ++c) {
            std::vector<double> line(width);
            for (int x = 0; x < width; ++x) line[x] = image.row(y)[3 * x + c];
            const auto expected = stretched(line, to, filter);
            for (int x = 0; x < to; ++x) ASSERT_NEAR(across.row(y)[3 * x + c], expected[x], 1) << width << " to " << to;
          }
        }
      }
    }
  }
}

Image transposed(const Image& image) {
  Image result = Image::filled(image.height, image.width);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) std::copy_n(image.row(y) + 3 * x, 3, result.row(x) + 3 * y);
  }
  return result;
}

TEST(Resize, TreatsRowsAndColumnsAlike) {
  for (int size : {1, 3, 17, 50}) {
    const Image image = noise(size, 13, size);
    EXPECT_EQ(transposed(resize(image, 29, 13)), resize(transposed(image), 13, 29));
  }
}

TEST(Resize, GoesDownFirstWhereManyRowsAreDropped) {
  // Beyond white and black the first pass clips, so the order shows.
  const Image image = noise(30, 60, 4);
  const auto down_then_across = [&](int width, int height) { return resize(resize(image, 30, height), width, height); };
  const auto across_then_down = [&](int width, int height) { return resize(resize(image, width, 60), width, height); };
  ASSERT_NE(down_then_across(25, 49), across_then_down(25, 49));
  EXPECT_EQ(resize(image, 25, 49), down_then_across(25, 49));  // 11 rows dropped, more than twice 5 columns
  EXPECT_EQ(resize(image, 25, 50), across_then_down(25, 50));
  EXPECT_EQ(resize(image, 40, 59), down_then_across(40, 59));
  EXPECT_EQ(resize(image, 40, 61), across_then_down(40, 61));
}

TEST(Resize, LeavesAPictureOfTheRightSizeAsItIs) {
  const Image image = noise(31, 12, 5);
  EXPECT_EQ(resize(image, 31, 12), image);
  EXPECT_EQ(resize(image, 31, 12, Interpolation::kBilinear), image);
}

TEST(Resize, KeepsOneColour) {
  const Image gray = Image::filled(57, 33, 201);
  EXPECT_EQ(resize(gray, 100, 10), Image::filled(100, 10, 201));
}

TEST(ResizedCrop, SeesNothingOutsideOfTheCrop) {
  const Image image = noise(50, 40, 6);
  Image cut = Image::filled(20, 10);
  for (int y = 0; y < 10; ++y) std::copy_n(image.row(7 + y) + 3 * 5, cut.row_bytes(), cut.row(y));
  EXPECT_EQ(resized_crop(image, {5, 7, 20, 10}, 33, 8), resize(cut, 33, 8));
  EXPECT_EQ(resized_crop(image, {5, 7, 20, 10}, 20, 10), cut);
}

TEST(ResizedBox, MovesByPartsOfAPixel) {
  Image ramp = Image::filled(100, 4);
  for (size_t i = 0; i < ramp.pixels.size(); ++i) ramp.pixels[i] = static_cast<uint8_t>(2 * (i / 3 % 100));
  const Image moved = resized_box(ramp, {10.5, 0, 40, 4}, 40, 4);
  for (int x = 2; x < 38; ++x) EXPECT_EQ(moved.row(2)[3 * x], 2 * (10 + x) + 1);
}

TEST(ResizedBox, RefusesWhatIsOutside) {
  const Image image = noise(10, 10, 7);
  for (const Box& box : {Box{-1, 0, 5, 5}, Box{0, 0, 10.1, 5}, Box{6, 6, 5, 1}, Box{0, 0, 0, 5}, Box{NAN, 0, 5, 5}}) {
    EXPECT_THROW(resized_box(image, box, 4, 4), Error);
  }
  EXPECT_THROW(resize(image, 0, 4), Error);
  EXPECT_THROW(resize(Image(), 4, 4), Error);
}

}  // namespace
}  // namespace albef
