#include "albef/synth/scene.h"

#include <gtest/gtest.h>

#include <set>

#include "albef/synth/draw.h"

namespace albef::synth {
namespace {

std::string looks(const Scene& scene) {
  std::multiset<std::string> all;
  for (const Object& o : scene.objects) {
    all.insert(std::string(word(o.look.size)) + word(o.look.texture) + word(o.look.colour) + word(o.look.shape));
  }
  std::string text;
  for (const std::string& look : all) text += look + " ";
  return text;
}

TEST(Scene, DependsOnSeedSplitAndIndexAlone) {
  const Scene first = make_scene(7, Split::kTest, 5);
  make_scene(7, Split::kTest, 4);
  EXPECT_EQ(draw(first, 48).pixels, draw(make_scene(7, Split::kTest, 5), 48).pixels);
  EXPECT_NE(draw(first, 48).pixels, draw(make_scene(8, Split::kTest, 5), 48).pixels);
  EXPECT_NE(draw(first, 48).pixels, draw(make_scene(7, Split::kVal, 5), 48).pixels);
  EXPECT_NE(draw(first, 48).pixels, draw(make_scene(7, Split::kTest, 6), 48).pixels);
}

TEST(Scene, OfOneSplitIsInNoOtherWhateverTheSeeds) {
  std::set<std::string> train;
  for (uint64_t i = 1; i <= 4000; ++i) train.insert(looks(make_scene(7, Split::kTrain, i)));
  for (uint64_t i = 1; i <= 1000; ++i) {
    EXPECT_FALSE(train.contains(looks(make_scene(7, Split::kTest, i)))) << i;
    EXPECT_FALSE(train.contains(looks(make_scene(8, Split::kVal, i)))) << i;
  }
}

TEST(Scene, HoldsTwoToFourObjectsInCellsOfTheirOwnSaveGuests) {
  size_t guests = 0, twins = 0;
  for (uint64_t i = 1; i <= 1000; ++i) {
    const Scene scene = make_scene(1, Split::kTrain, i);
    ASSERT_GE(scene.objects.size(), 2u);
    ASSERT_LE(scene.objects.size(), 4u);
    std::set<std::pair<int, int>> cells;
    for (size_t k = 0; k < scene.objects.size(); ++k) {
      const Object& object = scene.objects[k];
      twins += k > 0 && object.look == scene.objects[0].look;
      if (object.host < 0) {
        EXPECT_TRUE(cells.insert({object.column, object.row}).second) << i;
        continue;
      }
      ++guests;
      const Object& host = scene.objects[static_cast<size_t>(object.host)];
      EXPECT_LT(static_cast<size_t>(object.host), k) << "a host is drawn first";
      EXPECT_EQ(host.look.size, Size::kLarge);
      EXPECT_EQ(object.look.size, Size::kSmall);
      EXPECT_NE(object.look.colour, host.look.colour);
      EXPECT_EQ(std::make_pair(object.column, object.row), std::make_pair(host.column, host.row));
    }
  }
  EXPECT_GT(guests, 250u);
  EXPECT_GT(twins, 150u);
}

TEST(Scene, HasAsManyObjectsAndPatternsAsAskedFor) {
  std::set<size_t> counts;
  std::set<Pattern> patterns;
  for (uint64_t i = 1; i <= 300; ++i) {
    const Scene scene = make_scene(1, Split::kVal, i, {.least = 1, .most = 3, .patterns = 2});
    counts.insert(scene.objects.size());
    patterns.insert(scene.pattern);
    const Scene plain = make_scene(1, Split::kVal, i, {.least = 1, .most = 1, .patterns = 1});
    EXPECT_EQ(plain.objects.size(), 1u);
    EXPECT_EQ(plain.pattern, Pattern::kPlain);
  }
  EXPECT_EQ(counts, (std::set<size_t>{1, 2, 3}));
  EXPECT_EQ(patterns, (std::set<Pattern>{Pattern::kPlain, Pattern::kGradient}));
}

TEST(Draw, ShowsEachObjectsColourInItsBox) {
  constexpr int kSide = 96;
  for (uint64_t i = 1; i <= 200; ++i) {
    const Scene scene = make_scene(3, Split::kTrain, i);
    const Image image = draw(scene, kSide);
    ASSERT_EQ(image.pixels.size(), size_t{3} * kSide * kSide);
    for (const Object& object : scene.objects) {
      const Box box = box_of(object, kSide);
      ASSERT_TRUE(box.x >= 0 && box.y >= 0 && box.x + box.width <= kSide && box.y + box.height <= kSide) << i;
      EXPECT_GT(box.width, 10) << i;
      EXPECT_LT(box.width, object.look.size == Size::kSmall ? 33 : 48) << i;
      if (object.look.colour != Colour::kRed) continue;
      int red = 0;
      for (int y = box.y; y < box.y + box.height; ++y) {
        for (int x = box.x; x < box.x + box.width; ++x) {
          const uint8_t* pixel = image.pixels.data() + 3 * (y * kSide + x);
          red += pixel[0] > 150 && pixel[1] < 80 && pixel[2] < 80;
        }
      }
      EXPECT_GT(red, box.width * box.height / 25) << i;
    }
  }
}

TEST(Draw, BoxIsTight) {
  Scene scene = make_scene(3, Split::kTrain, 1);
  scene.objects.resize(1);
  scene.objects[0] = {
      .look = {Size::kLarge, Texture::kPlain, Colour::kBlue, Shape::kSquare}, .x = 0.5, .y = 0.25, .radius = 0.2};
  const Box box = box_of(scene.objects[0], 100);  // half a side is 0.8 of the radius: 16 pixels
  EXPECT_EQ(box.x, 34);
  EXPECT_EQ(box.y, 9);
  EXPECT_EQ(box.width, 32);
  EXPECT_EQ(box.height, 32);
}

TEST(Draw, WorksAtEverySize) {
  for (int side : {kMinSide, 33, 250}) {
    const Image image = draw(make_scene(3, Split::kTrain, 1), side);
    EXPECT_EQ(image.width, side);
    EXPECT_EQ(image.height, side);
  }
}

}  // namespace
}  // namespace albef::synth
