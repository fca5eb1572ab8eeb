#include "albef/image/randaugment.h"

#include <gtest/gtest.h>

#include <map>

#include "albef/base/error.h"
#include "albef/image/warp.h"
#include "pictures.h"
#include "safetensors_u8.h"

namespace albef {
namespace {

const std::map<std::string, Operation> kNames{
    {"Identity", Operation::kIdentity},     {"AutoContrast", Operation::kAutoContrast},
    {"Equalize", Operation::kEqualize},     {"Brightness", Operation::kBrightness},
    {"Sharpness", Operation::kSharpness},   {"ShearX", Operation::kShearX},
    {"ShearY", Operation::kShearY},         {"TranslateX", Operation::kTranslateX},
    {"TranslateY", Operation::kTranslateY}, {"Rotate", Operation::kRotate},
};

TEST(RandAugment, OperationsEqualTheAuthorsOnTheGoldens) {
  const PictureFile goldens(std::string(ALBEF_TEST_DATA) + "/goldens/input/randaugment.safetensors");
  const Image input = goldens.picture("input");
  const auto arguments = goldens.metadata("argument");
  EXPECT_GE(arguments.size(), 20u);
  for (const auto& [name, argument] : arguments.items()) {
    const Operation operation = kNames.at(name.substr(0, name.find('.')));
    const Image result = apply(operation, input, argument.is_null() ? 0.0 : argument.get<double>());
    EXPECT_LE(largest_difference(result, goldens.picture(name)), 1) << name;
  }
  const Image flat = goldens.picture("flat");
  EXPECT_EQ(auto_contrast(flat), goldens.picture("flat.AutoContrast"));
  EXPECT_EQ(equalize(flat), goldens.picture("flat.Equalize"));
}

TEST(RandAugment, MagnitudeSevenIsThePapers) {
  EXPECT_NEAR(argument_at(Operation::kBrightness, 7), 1.36, 1e-12);
  EXPECT_NEAR(argument_at(Operation::kSharpness, 7), 1.36, 1e-12);
  EXPECT_NEAR(argument_at(Operation::kShearX, 7), 0.21, 1e-12);
  EXPECT_NEAR(argument_at(Operation::kTranslateY, 7), 7, 1e-12);
  EXPECT_NEAR(argument_at(Operation::kRotate, 7), 21, 1e-12);
}

TEST(RandAugment, ClampingGivesWhatTheOperationsMean) {
  Image image = Image::filled(3, 3, 100);
  image.row(1)[3] = 200, image.row(0)[0] = 50;
  const Image stretched = auto_contrast(image, Overflow::kClamp);
  EXPECT_EQ(stretched.row(0)[0], 0);
  EXPECT_EQ(stretched.row(1)[3], 255);
  EXPECT_EQ(stretched.row(2)[6], 85);
  EXPECT_EQ(auto_contrast(image, Overflow::kWrap).row(2)[6], 255);
  image.row(1)[3] = 255;
  EXPECT_EQ(sharpness(image, 1.9, Overflow::kClamp).row(1)[3], 255);
  EXPECT_LT(sharpness(image, 1.9, Overflow::kWrap).row(1)[3], 128);
}

TEST(RandAugment, ShearTranslationAndRotationGoTheRightWay) {
  Image dot = Image::filled(21, 21);
  for (int c = 0; c < 3; ++c) dot.row(10)[3 * 15 + c] = 255;  // right of the centre
  EXPECT_EQ(translate_x(dot, 4).row(10)[3 * 11], 255);
  EXPECT_EQ(translate_y(dot, 4).row(6)[3 * 15], 255);
  EXPECT_EQ(shear_x(dot, 0.2).row(10)[3 * 17], 255);
  EXPECT_EQ(shear_y(dot, 0.2).row(13)[3 * 15], 255);
  const Image turned = rotate(dot, 90);  // counter-clockwise: up
  EXPECT_GT(turned.row(5)[3 * 10] + turned.row(5)[3 * 11] + turned.row(6)[3 * 10] + turned.row(6)[3 * 11], 200);
  EXPECT_EQ(translate_x(dot, 4).row(0)[3 * 20], 128);  // uncovered
}

TEST(RandAugment, BearsTheSmallestPictures) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 2}}) {
    const Image image = noise(width, height, 3);
    for (int i = 0; i < kOperations; ++i) {
      for (double magnitude : {0.0, 7.0, 10.0}) {
        const auto operation = static_cast<Operation>(i);
        const Image result = apply(operation, image, argument_at(operation, magnitude));
        EXPECT_EQ(result.pixels.size(), image.pixels.size());
      }
    }
    EXPECT_EQ(sharpness(image, 0).pixels.size(), image.pixels.size());
  }
}

TEST(RandAugment, AppliesEachOperationHalfTheTime) {
  const Image image = noise(16, 16, 4);
  int changed = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(Purpose::kAugment, {seed});
    changed += randaugment(image, 1, 7, rng) != image;
  }
  EXPECT_NEAR(changed, 400 * 0.5 * 0.9, 40);  // one in ten is the identity
}

TEST(Warp, RefusesWhatCannotBeUndone) {
  const Image image = noise(4, 4, 5);
  EXPECT_THROW(warp_affine(image, {1, 1, 0, 1, 1, 0}, 0), Error);
  EXPECT_THROW(warp_affine(image, {NAN, 0, 0, 0, 1, 0}, 0), Error);
  EXPECT_EQ(warp_affine(image, {1, 0, 1e300, 0, 1, 0}, 9), Image::filled(4, 4, 9));
}

}  // namespace
}  // namespace albef
