#include "albef/image/augment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "albef/base/error.h"
#include "albef/image/jpeg_writer.h"
#include "albef/image/png_writer.h"
#include "pictures.h"

namespace albef {
namespace {

TEST(RandomResizedCrop, StaysWithinPictureAreaAndAspect) {
  const AugmentOptions options{.area_min = 0.3, .area_max = 0.7};
  Rng rng(Purpose::kAugment, {1});
  double least = 1, most = 0;
  for (int i = 0; i < 2000; ++i) {
    const Crop crop = random_resized_crop({400, 300}, options, rng);
    ASSERT_TRUE(crop.left >= 0 && crop.top >= 0 && crop.left + crop.width <= 400 && crop.top + crop.height <= 300);
    const double area = crop.width * crop.height / 120'000.0, aspect = static_cast<double>(crop.width) / crop.height;
    EXPECT_NEAR(std::clamp(area, 0.3, 0.7), area, 0.01);
    EXPECT_NEAR(std::clamp(aspect, 0.75, 4.0 / 3), aspect, 0.02);
    least = std::min(least, area), most = std::max(most, area);
  }
  EXPECT_LT(least, 0.32);
  EXPECT_GT(most, 0.65);
}

TEST(RandomResizedCrop, ReachesEveryEdge) {
  Rng rng(Purpose::kAugment, {2});
  int left = 0, right = 0, top = 0, bottom = 0;
  for (int i = 0; i < 2000; ++i) {
    const Crop crop = random_resized_crop({20, 20}, {}, rng);
    left += crop.left == 0, top += crop.top == 0;
    right += crop.left + crop.width == 20, bottom += crop.top + crop.height == 20;
  }
  for (int count : {left, right, top, bottom}) EXPECT_GT(count, 100);
  EXPECT_NEAR(left, right, 150);
  EXPECT_NEAR(top, bottom, 150);
}

TEST(RandomResizedCrop, IsSquareWhereAspectIsOne) {
  Rng rng(Purpose::kAugment, {3});
  for (int i = 0; i < 200; ++i) {
    const Crop crop = random_resized_crop({300, 300}, {.area_min = 0.4, .aspect_min = 1, .aspect_max = 1}, rng);
    EXPECT_EQ(crop.width, crop.height);
  }
}

TEST(RandomResizedCrop, FallsBackToTheCentreWhereNothingFits) {
  Rng rng(Purpose::kAugment, {4});
  const AugmentOptions large{.area_min = 0.9};
  EXPECT_EQ(random_resized_crop({1000, 90}, large, rng), (Crop{440, 0, 120, 90}));
  EXPECT_EQ(random_resized_crop({90, 1000}, large, rng), (Crop{0, 440, 90, 120}));
  EXPECT_EQ(random_resized_crop({1, 1000}, large, rng), (Crop{0, 499, 1, 1}));
}

TEST(Augment, GivesTheResolutionWhateverThePicture) {
  for (const auto& [width, height] : {std::pair{1, 1}, {300, 2}, {2, 300}, {64, 64}}) {
    Rng rng(Purpose::kAugment, {5});
    const Image image = augment(noise(width, height, 1), {.resolution = 48}, rng);
    EXPECT_EQ(image.width, 48);
    EXPECT_EQ(image.height, 48);
  }
}

TEST(Augment, DependsOnTheGeneratorAlone) {
  const std::string bytes = encode_jpeg(photo_like(300, 200, 1));
  const auto one = [&](uint64_t seed) {
    Rng rng(Purpose::kAugment, {seed});
    return decode_and_augment(bytes, "picture", {.resolution = 64}, rng);
  };
  std::vector<Image> alone, together(16);
  for (uint64_t seed = 0; seed < together.size(); ++seed) alone.push_back(one(seed));
  std::vector<std::thread> threads;
  for (size_t first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      for (size_t seed = first; seed < together.size(); seed += 4) together[seed] = one(seed);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(alone, together);
  EXPECT_NE(alone[0], alone[1]);
}

TEST(Augment, ResizesOnlyWhereAskedTo) {
  const Image image = noise(50, 30, 2);
  AugmentOptions options{.resolution = 20, .resize_only = true, .flip = false, .randaugment_ops = 0};
  Rng rng(Purpose::kAugment, {6});
  EXPECT_EQ(augment(image, options, rng), resize(image, 20, 20));
  options.interpolation = Interpolation::kBilinear;
  EXPECT_EQ(augment(image, options, rng), resize(image, 20, 20, Interpolation::kBilinear));
}

TEST(Augment, FlipsHalfTheTime) {
  const Image image = noise(20, 20, 3);
  const AugmentOptions options{.resolution = 20, .resize_only = true, .randaugment_ops = 0};
  int flipped = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(Purpose::kAugment, {seed});
    const Image result = augment(image, options, rng);
    flipped += result == flip_horizontally(image);
    EXPECT_TRUE(result == image || result == flip_horizontally(image));
  }
  EXPECT_NEAR(flipped, 200, 40);
}

TEST(Augment, MirrorsColumns) {
  const Image image = noise(7, 3, 4);
  const Image flipped = flip_horizontally(image);
  for (int x = 0; x < 7; ++x)
    EXPECT_TRUE(std::equal(image.row(1) + 3 * x, image.row(1) + 3 * x + 3, flipped.row(1) + 3 * (6 - x)));
  EXPECT_EQ(flip_horizontally(flipped), image);
}

TEST(DecodeAndAugment, EqualsDecodingThenAugmentingWhereNothingIsReduced) {
  const Image image = noise(90, 60, 5);
  Rng one(Purpose::kAugment, {7}), other(Purpose::kAugment, {7});
  EXPECT_EQ(decode_and_augment(encode_png(image), "picture", {.resolution = 32}, one),
            augment(image, {.resolution = 32}, other));
}

TEST(DecodeAndAugment, EqualsDecodingThenAugmentingWhereOnlyTheCropIsDecoded) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const std::string bytes = encode_jpeg(photo_like(200 + static_cast<int>(seed), 150, seed));
    const AugmentOptions options{.resolution = 64, .reduced_decode = false};
    Rng one(Purpose::kAugment, {seed}), other(Purpose::kAugment, {seed});
    EXPECT_EQ(decode_and_augment(bytes, "picture", options, one),
              augment(decode_image(bytes, "picture"), options, other));
  }
}

// The promise of kReduction: what the network sees changes by no more than 2 levels on average.
TEST(DecodeAndAugment, ReducedScaleChangesLessThanTwoLevels) {
  int reduced_ones = 0;
  double worst = 0;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const std::string bytes = encode_jpeg(photo_like(1000, 701, seed));
    for (const int resolution : {32, 64, 96}) {
      for (const Interpolation filter : {Interpolation::kBicubic, Interpolation::kBilinear}) {
        const auto view = [&](bool reduced) {
          const AugmentOptions options{
              .resolution = resolution, .interpolation = filter, .randaugment_ops = 0, .reduced_decode = reduced};
          Rng rng(Purpose::kAugment, {seed});
          return decode_and_augment(bytes, "picture", options, rng);
        };
        const double difference = mean_difference(view(true), view(false));
        reduced_ones += difference > 0;
        worst = std::max(worst, difference);
      }
    }
  }
  EXPECT_GT(reduced_ones, 30);
  EXPECT_LT(worst, 2);
  RecordProperty("worst", std::to_string(worst));
}

TEST(DecodeAndAugment, CropsAnUprightPictureAtReducedScale) {
  const std::string bytes = with_orientation(encode_jpeg(photo_like(800, 400, 3)), 6);
  const auto view = [&](bool reduced) {
    const AugmentOptions options{.resolution = 32, .randaugment_ops = 0, .reduced_decode = reduced};
    Rng rng(Purpose::kAugment, {8});
    return decode_and_augment(bytes, "picture", options, rng, {.honour_exif = true});
  };
  EXPECT_NE(view(true), view(false));
  EXPECT_LT(mean_difference(view(true), view(false)), 2);
}

TEST(AugmentOptions, OutOfRangeIsRefusedByName) {
  validate({});
  for (const AugmentOptions& wrong :
       {AugmentOptions{.resolution = 0}, AugmentOptions{.area_min = 0},
        AugmentOptions{.area_min = 0.9, .area_max = 0.5}, AugmentOptions{.aspect_min = 2, .aspect_max = 1},
        AugmentOptions{.randaugment_ops = -1}, AugmentOptions{.randaugment_magnitude = 11},
        AugmentOptions{.area_max = NAN}}) {
    EXPECT_THROW(validate(wrong), Error);
  }
}

}  // namespace
}  // namespace albef
