#include "albef/synth/captions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "albef/synth/colour_baseline.h"
#include "reader.h"

namespace albef::synth {
namespace {

std::vector<Scene> test_scenes(uint64_t count) {
  std::vector<Scene> scenes;
  for (uint64_t i = 1; i <= count; ++i) scenes.push_back(make_scene(7, Split::kTest, i));
  return scenes;
}

TEST(Captions, AreTrueAsAnotherReaderSeesThem) {
  for (const Scene& scene : test_scenes(1000)) {
    for (const Caption& caption : make_captions(scene, {.count = 5})) {
      EXPECT_TRUE(Reader(scene, caption.text).caption()) << caption.text;
      EXPECT_TRUE(holds(caption.meaning, scene)) << caption.text;
      EXPECT_EQ(caption.kind, CaptionKind::kTrue);
    }
  }
}

TEST(Captions, CalledWrongAreFalse) {
  for (const Scene& scene : test_scenes(500)) {
    for (const Caption& caption : make_captions(scene, {.count = 5, .wrong = 1})) {
      EXPECT_EQ(caption.kind, CaptionKind::kWrong);
      EXPECT_FALSE(Reader(scene, caption.text).caption()) << caption.text;
      EXPECT_FALSE(holds(caption.meaning, scene, Reading::kLoose)) << caption.text;
    }
  }
}

TEST(Captions, OfOneObjectAreRightOrWrongAsTheySay) {
  const SceneOptions one{.least = 1, .most = 1, .patterns = 1};
  for (uint64_t i = 1; i <= 100; ++i) {
    const Scene scene = make_scene(7, Split::kTest, i, one);
    const std::vector<Caption> captions = make_captions(scene, {.count = 20, .wrong = 0.5, .scenes = one});
    EXPECT_EQ(captions.size(), 20u);
    for (const Caption& caption : captions)
      EXPECT_EQ(Reader(scene, caption.text).caption(), caption.kind == CaptionKind::kTrue) << caption.text;
  }
}

TEST(Captions, CalledVagueAreTrueButFitMany) {
  const std::vector<Scene> scenes = test_scenes(200);
  for (const Scene& scene : scenes) {
    for (const Caption& caption : make_captions(scene, {.count = 3, .vague = 1})) {
      EXPECT_TRUE(holds(caption.meaning, scene)) << caption.text;
      const auto fitting =
          std::count_if(scenes.begin(), scenes.end(), [&](const Scene& s) { return holds(caption.meaning, s); });
      EXPECT_GE(fitting, 10) << caption.text;
    }
  }
}

TEST(Captions, CountWhatLooksTheSame) {
  int counting = 0;
  for (const Scene& scene : test_scenes(500)) {
    for (const Caption& caption : make_captions(scene, {.count = 5})) {
      for (const Claim& claim : caption.meaning.claims) counting += claim.count > 1;
    }
  }
  EXPECT_GT(counting, 250);
}

TEST(Captions, HaveTheSharesOfNoiseThatWereAskedFor) {
  int wrong = 0, vague = 0;
  for (const Scene& scene : test_scenes(1000)) {
    for (const Caption& caption : make_captions(scene, {.count = 5, .wrong = 0.2, .vague = 0.1})) {
      wrong += caption.kind == CaptionKind::kWrong;
      vague += caption.kind == CaptionKind::kVague;
    }
  }
  EXPECT_NEAR(wrong, 1000, 100);
  EXPECT_NEAR(vague, 500, 75);
}

TEST(Captions, AreShortAndDifferent) {
  size_t words = 0, captions = 0;
  for (const Scene& scene : test_scenes(500)) {
    std::set<std::string> texts;
    for (const Caption& caption : make_captions(scene, {.count = 5})) {
      const auto length = static_cast<size_t>(std::count(caption.text.begin(), caption.text.end(), ' ')) + 1;
      EXPECT_LE(length, 28u) << caption.text;
      words += length;
      ++captions;
      EXPECT_TRUE(texts.insert(caption.text).second) << caption.text;
    }
  }
  EXPECT_LT(words, 18 * captions);
}

// What makes the set a fair test: a perfect reader finds nearly every scene, and one that reads only colours few.
TEST(Captions, TellAThousandScenesApartButNotByColour) {
  const std::vector<Scene> scenes = test_scenes(1000);
  std::vector<ColourBag> bags;
  std::vector<ColourQuery> queries;
  double ideal = 0;
  for (size_t i = 0; i < scenes.size(); ++i) {
    bags.push_back(colour_bag(scenes[i]));
    for (const Caption& caption : make_captions(scenes[i], {.count = 5})) {
      queries.push_back({colour_bag(caption.text), i});
      const auto fits = [&](const Scene& s) { return holds(caption.meaning, s); };
      ideal += 1.0 / static_cast<double>(std::count_if(scenes.begin(), scenes.end(), fits));
    }
  }
  EXPECT_GT(ideal, 0.95 * static_cast<double>(queries.size()));
  const ColourRecall recall = colour_bag_recall(queries, bags, {1, 10});
  EXPECT_GT(recall.at(1), 0.5);
  EXPECT_LT(recall.at(1), 4);
  EXPECT_LT(recall.at(10), 25);
}

TEST(ColourBag, CountsColourWordsWhateverStandsAroundThem) {
  ColourBag wanted{};
  wanted[static_cast<size_t>(Colour::kRed)] = 2;
  wanted[static_cast<size_t>(Colour::kBrown)] = 1;
  wanted[kValues<Colour> + static_cast<size_t>(Tone::kMint)] = 1;
  EXPECT_EQ(colour_bag("Red, a reddish star; red-brown on mint"), wanted);
}

TEST(ColourBagRecall, GivesEqualScenesTheirShareOfTheChance) {
  const ColourBag red = colour_bag("red"), blue = colour_bag("blue"), green = colour_bag("green");
  const ColourRecall all_alike = colour_bag_recall({{red, 0}}, std::vector<ColourBag>(20, red), {1, 5, 10, 50});
  EXPECT_DOUBLE_EQ(all_alike.at(1), 5);
  EXPECT_DOUBLE_EQ(all_alike.at(5), 25);
  EXPECT_DOUBLE_EQ(all_alike.at(10), 50);
  EXPECT_DOUBLE_EQ(all_alike.at(50), 100);
  const ColourRecall told = colour_bag_recall({{red, 0}, {red, 1}}, {red, blue, green}, {1, 5});
  EXPECT_DOUBLE_EQ(told.at(1), 50);  // the second caption's scene shares the second and third place
  EXPECT_DOUBLE_EQ(told.at(5), 100);
}

}  // namespace
}  // namespace albef::synth
