#include "albef/data/near_duplicates.h"

#include <gtest/gtest.h>

#include "albef/base/rng.h"

using namespace albef;

namespace {

PictureLook random_look(uint64_t seed) {
  Rng rng(Purpose::kScene, {seed});
  PictureLook look;
  for (uint32_t& band : look.bands) band = static_cast<uint32_t>(rng());
  for (uint8_t& colour : look.colours) colour = static_cast<uint8_t>(rng.below(256));
  return look;
}

/// With so many bits of it turned over, spread evenly.
PictureLook changed(PictureLook look, int bits) {
  for (int i = 0; i < bits; ++i) {
    const int at = i * 256 / bits;
    look.bands[static_cast<size_t>(at / 32)] ^= uint32_t{1} << at % 32;
  }
  return look;
}

}  // namespace

TEST(AlikeGroups, JoinWhatDiffersInFewBits) {
  const PictureLook a = random_look(1), b = random_look(2);
  const std::vector<PictureLook> looks = {a, b, changed(a, 7), changed(b, 200), b, changed(a, kBitsAlike + 1)};
  EXPECT_EQ(alike_groups(looks), (std::vector<uint32_t>{0, 1, 0, 3, 1, 5}));
}

TEST(AlikeGroups, WantColoursAlikeToo) {
  PictureLook plain = {}, gray = {}, white = {};
  plain.colours.fill(100);
  gray.colours.fill(100 + kColoursAlike);
  white.colours.fill(255);
  EXPECT_EQ(alike_groups(std::vector{plain, white, gray}), (std::vector<uint32_t>{0, 1, 0}));
}

TEST(AlikeGroups, HoldThroughOthers) {
  const PictureLook a = random_look(3);
  PictureLook b = a, c = a;
  b.bands[0] ^= 0x7ffe;
  c.bands[0] ^= 0x7ffe;
  c.bands[5] ^= 0x7ffe;
  EXPECT_FALSE(look_alike(a, c));
  EXPECT_EQ(alike_groups(std::vector{c, a, b}), (std::vector<uint32_t>{0, 0, 0}));
}

TEST(AlikeGroups, OfNothingAreNone) {
  EXPECT_TRUE(alike_groups({}).empty());
}

// Equal in all bits, so all of one window's. Compared with each other they would take hours.
TEST(AlikeGroups, TakeNoSquareOfTimeForPlainPictures) {
  std::vector<PictureLook> looks(300'000);
  for (size_t i = 0; i < looks.size(); ++i) {
    for (size_t c = 0; c < 3; ++c) looks[i].colours[c] = static_cast<uint8_t>(i >> (8 * c) & 255);
    if (i % 3 == 0) looks[i].colours = {};
  }
  const std::vector<uint32_t> groups = alike_groups(looks);
  EXPECT_EQ(groups[299'997], 0U);
}

TEST(AlikeGroups, FindNearlyAllCopiesAmongMany) {
  constexpr uint32_t kCount = 20'000;
  std::vector<PictureLook> looks;
  for (uint32_t i = 0; i < kCount; ++i) looks.push_back(random_look(i));
  for (uint32_t i = 0; i < kCount; ++i) {
    PictureLook copy = looks[i];
    Rng rng(Purpose::kScene, {1, i});
    for (int bit = 0; bit < 10; ++bit) copy.bands[rng.below(8)] ^= uint32_t{1} << rng.below(32);
    looks.push_back(copy);
  }
  const std::vector<uint32_t> groups = alike_groups(looks);
  uint32_t found = 0, wrong = 0;
  for (uint32_t i = 0; i < kCount; ++i) {
    wrong += groups[i] != i;
    found += groups[kCount + i] == i;
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(found, kCount * 98 / 100);
}
