#include "albef/synth/meaning.h"

#include <gtest/gtest.h>

#include "albef/synth/references.h"
#include "albef/synth/statements.h"

namespace albef::synth {
namespace {

// A large red ring at the top left with a small blue star in it, and a small red star at the bottom right.
Scene rings_and_stars() {
  Scene scene;
  scene.objects = {
      {.look = {Size::kLarge, Texture::kPlain, Colour::kRed, Shape::kRing}, .x = 0.26, .y = 0.26},
      {.look = {Size::kSmall, Texture::kPlain, Colour::kBlue, Shape::kStar}, .host = 0, .x = 0.26, .y = 0.26},
      {.look = {Size::kSmall, Texture::kDotted, Colour::kRed, Shape::kStar},
       .column = 1,
       .row = 1,
       .x = 0.7,
       .y = 0.7}};
  return scene;
}

Phrase star() {
  Phrase phrase;
  phrase.what.shape = Shape::kStar;
  return phrase;
}

TEST(Referents, FollowFeaturesPlaceAndRelation) {
  const Scene scene = rings_and_stars();
  Phrase phrase = star();
  EXPECT_EQ(referents(phrase, scene), (std::vector<size_t>{1, 2}));
  phrase.place = Place::kBottom;
  EXPECT_EQ(referents(phrase, scene), (std::vector<size_t>{2}));
  phrase.place.reset();
  phrase.relation = Relation::kInside;
  phrase.other.shape = Shape::kRing;
  EXPECT_EQ(referents(phrase, scene), (std::vector<size_t>{1}));
  phrase.relation = Relation::kOnTopOf;
  EXPECT_TRUE(referents(phrase, scene).empty()) << "inside a ring is not on top of it";
}

TEST(Reading, LooseLetsAnObjectLieAnyWayToItsHost) {
  const Scene scene = rings_and_stars();
  for (uint64_t r = 0; r < kValues<Relation>; ++r) {
    const auto relation = static_cast<Relation>(r);
    EXPECT_EQ(holds(relation, scene, 1, 0), relation == Relation::kInside);
    EXPECT_TRUE(holds(relation, scene, 1, 0, Reading::kLoose));
    EXPECT_EQ(holds(relation, scene, 0, 1, Reading::kLoose), relation < Relation::kInside);
  }
}

TEST(Holds, CountsExactlyFromTwoOn) {
  const Scene scene = rings_and_stars();
  Meaning meaning;
  meaning.claims = {{star(), 1}};
  EXPECT_TRUE(holds(meaning, scene)) << "one star: at least one";
  meaning.claims[0].count = 2;
  EXPECT_TRUE(holds(meaning, scene));
  meaning.claims[0].count = 3;
  EXPECT_FALSE(holds(meaning, scene));
  meaning.claims.clear();
  meaning.total = 3;
  EXPECT_TRUE(holds(meaning, scene));
  meaning.tone = Tone::kBlack;
  EXPECT_FALSE(holds(meaning, scene));
}

TEST(Falsified, IsNeverEvenLooselyTrue) {
  Rng rng(Purpose::kScene, {1});
  for (uint64_t i = 1; i <= 500; ++i) {
    const Scene scene = make_scene(5, Split::kTrain, i);
    Meaning meaning;
    meaning.claims = {make_claim(scene, true, rng)};
    ASSERT_TRUE(holds(meaning, scene)) << i;
    EXPECT_FALSE(holds(falsified(meaning, scene, rng), scene, Reading::kLoose)) << i;
  }
}

TEST(Falsified, AddsAFalseClaimWhereNothingIsSaid) {
  Rng rng(Purpose::kScene, {1});
  const Scene scene = rings_and_stars();
  EXPECT_FALSE(holds(falsified({}, scene, rng), scene, Reading::kLoose));
}

TEST(Bits, AreTheLogarithmOfTheChoices) {
  Meaning meaning;
  EXPECT_EQ(bits(meaning), 0);
  meaning.claims = {{star(), 1}};
  EXPECT_NEAR(bits(meaning), 3.32, 0.01);
  meaning.claims[0].phrase.what.colour = Colour::kRed;
  EXPECT_NEAR(bits(meaning), 6.32, 0.01);
}

TEST(UniquePhrase, IsNothingForOneOfTwinsThatCannotBeTold) {
  Scene scene = rings_and_stars();
  scene.objects[2] = scene.objects[1];  // the same look on the same host
  Rng rng(Purpose::kScene, {1});
  EXPECT_EQ(unique_phrase(scene, 1, rng), std::nullopt);
}

}  // namespace
}  // namespace albef::synth
