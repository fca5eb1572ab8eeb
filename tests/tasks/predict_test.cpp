#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "../data/photos.h"
#include "albef/tasks/predict/chunks.h"
#include "albef/tasks/predict/items.h"
#include "albef/tasks/predict/masked.h"
#include "albef/tasks/predict/overlay.h"

namespace albef {
namespace {

TEST(HeatOverlay, EqualsScipyAndMatplotlib) {
  // scipy.ndimage.gaussian_filter and matplotlib's "jet" on a map enlarged by F.interpolate's cubic; jet there has 256
  // steps, so brightnesses may differ by a few levels.
  Image picture = Image::filled(45, 30);
  for (int y = 0; y < 30; ++y) {
    for (int x = 0; x < 45; ++x) {
      for (int c = 0; c < 3; ++c) picture.row(y)[3 * x + c] = static_cast<uint8_t>((7 * y + 3 * x + 40 * c) % 256);
    }
  }
  const auto shown = heat_overlay(picture, torch::tensor({{0.0, 1.0, 0.5}, {0.25, 0.0, 2.0}}));
  struct Expected {
    int y, x, colour[3];
  };
  for (const auto& [y, x, colour] : {Expected{0, 0, {0, 36, 90}},
                                     {3, 22, {113, 207, 137}},
                                     {15, 10, {98, 136, 226}},
                                     {22, 40, {215, 4, 6}},
                                     {29, 44, {136, 1, 1}},
                                     {20, 20, {161, 193, 65}}}) {
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(shown.row(y)[3 * x + c], colour[c], 4) << y << ", " << x << ", " << c;
  }
}

TEST(HeatOverlay, LeavesAPictureWithoutHeatAsItIs) {
  const Image picture = Image::filled(9, 7, 77);
  EXPECT_EQ(heat_overlay(picture, torch::zeros({3, 3})), picture);
  EXPECT_EQ(heat_overlay(picture, torch::full({1, 1}, 5.0F)), picture);
}

Tokenizer tokenizer() {
  return Tokenizer(Vocabulary::from_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nred\nring\nstar\n##s\n"));
}

TEST(MaskText, KeepsTheMasksThatAreWritten) {
  const auto words = tokenizer();
  const auto masked = mask_text("A [MASK] ring, [mask]-stars!", words, 30, 25);
  EXPECT_EQ(masked.ids, (std::vector<int64_t>{2, 5, 4, 7, 4, 8, 9}));
  EXPECT_EQ(masked.places, (std::vector<size_t>{2, 4}));
  EXPECT_EQ(masked.shown(2, words), "a [MASK] ring [MASK] stars");
}

TEST(MaskText, MasksEachWholeWordWhereNoneIsWritten) {
  const auto words = tokenizer();
  const auto masked = mask_text("a red ring stars", words, 30, 25);
  EXPECT_EQ(masked.places, (std::vector<size_t>{1, 2, 3}));  // not the pieces of "stars"
  EXPECT_EQ(masked.shown(3, words), "a red [MASK] stars");
}

TEST(MaskText, RefusesWhatIsCutOrEmpty) {
  const auto words = tokenizer();
  EXPECT_NE(complaint<Error>([&] { mask_text("a a a [MASK]", words, 3, 25); }).find("cut after 3 words"),
            std::string::npos);
  EXPECT_NE(complaint<Error>([&] { mask_text("a a a [MASK]", words, 30, 4); }).find("a [MASK] with it"),
            std::string::npos);
  EXPECT_NE(complaint<Error>([&] { mask_text("!!!", words, 30, 4); }).find("no word"), std::string::npos);
}

TEST(Combine, AsksEachTextOfEachGroupOfPictures) {
  const auto items = combine({"a", "b", "c", "d"}, {"x", "y"}, 2);
  ASSERT_EQ(items.size(), 4U);
  EXPECT_EQ(items[1].images, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(items[1].text, "y");
  EXPECT_EQ(items[2].images, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(combine({"a", "b"}, {}, 1).size(), 2U);
  EXPECT_THROW(combine({"a", "b", "c"}, {"x"}, 2), Error);
  EXPECT_THROW(combine({"a"}, {"\xff"}, 1), Error);
}

TEST(FindPictures, TakesFilesFoldersAndPatternsInOrder) {
  const Photos photos(3);
  const auto& folder = photos.folder;
  const auto names = find_pictures({folder / "p2.png", folder / "p[01].*", folder.path()});
  ASSERT_EQ(names.size(), 6U);
  EXPECT_EQ(names[0], folder / "p2.png");
  EXPECT_EQ(names[1], folder / "p0.png");
  EXPECT_EQ(names[3], folder / "p0.png");
  folder.write("[odd].png", "");
  EXPECT_EQ(find_pictures({folder / "[odd].png"}).size(), 1U);  // a file of that name before a pattern
  EXPECT_THROW(find_pictures({folder / "none*"}), Error);
  EXPECT_THROW(find_pictures({folder / "none.png"}), Error);
}

std::vector<PredictItem> items_of(const Photos& photos, const std::vector<int>& pictures) {
  std::vector<PredictItem> items;
  for (const int p : pictures) items.push_back({.images = {photos.folder / Photos::name(p)}, .text = "a dog"});
  return items;
}

TEST(PredictChunks, CutWhereTheirPicturesWouldBeTooMany) {
  const Photos photos(5);
  const auto items = items_of(photos, {0, 0, 0, 1, 1, 2, 3, 3, 4});
  PredictChunks chunks(items, {.pictures = {}, .side = 16, .threads = 2, .most_pictures = 2, .most_items = 4});
  std::vector<std::pair<uint64_t, uint64_t>> found;
  while (const auto chunk = chunks.next()) {
    found.emplace_back(chunk->first, chunk->end);
    EXPECT_EQ(chunk->usable.size(), chunk->end - chunk->first);
    for (const auto n : chunk->usable)
      EXPECT_EQ(chunk->pictures->whole(items[n].images[0], 16, Interpolation::kBicubic).width, 16);
  }
  EXPECT_EQ(found, (std::vector<std::pair<uint64_t, uint64_t>>{{0, 4}, {4, 6}, {6, 9}}));
}

TEST(PredictChunks, GiveThePixelsOfAnEvaluation) {
  const Photos photos(1);
  const auto items = items_of(photos, {0});
  PredictChunks chunks(items, {.pictures = {}, .side = 16, .threads = 1});
  const auto chunk = chunks.next();
  Pictures plain;
  EXPECT_EQ(chunk->pictures->whole(items[0].images[0], 16, Interpolation::kBicubic),
            plain.whole(items[0].images[0], 16, Interpolation::kBicubic));
}

TEST(PredictChunks, TellBrokenPicturesApart) {
  const Photos photos(2);
  photos.folder.write("p1.png", "no picture");
  auto items = items_of(photos, {0, 1, 0, 7});
  items.push_back({.images = {items[0].images[0], items[1].images[0]}});
  items.push_back({.images = {}, .text = "a text alone"});
  PredictChunks chunks(items, {.pictures = {}, .side = 16, .threads = 1});
  const auto chunk = chunks.next();
  EXPECT_EQ(chunk->usable, (std::vector<uint64_t>{0, 2, 5}));
  ASSERT_EQ(chunk->broken.size(), 3U);
  EXPECT_NE(chunk->broken.at(1).find("p1.png"), std::string::npos);
  EXPECT_NE(chunk->broken.at(3).find("no such file"), std::string::npos);
  EXPECT_FALSE(chunks.next());
}

}  // namespace
}  // namespace albef
