#include "albef/data/data_check.h"

#include <gtest/gtest.h>

#include "albef/base/rng.h"
#include "albef/image/jpeg_writer.h"
#include "albef/image/png_writer.h"
#include "albef/image/resize.h"
#include "photos.h"

using namespace albef;

namespace {

/// Soft light, of its own for each seed.
Image photograph(uint64_t seed, int width = 320, int height = 240) {
  Rng rng(Purpose::kScene, {seed});
  Image small = Image::filled(9, 7);
  for (uint8_t& value : small.pixels) value = static_cast<uint8_t>(30 + rng.below(180));
  return resize(small, width, height);
}

/// A folder of pictures and lists.
struct Data {
  Data& picture(const std::string& name, const std::string& bytes) {
    folder.write(name, bytes);
    return *this;
  }
  Data& picture(const std::string& name, uint64_t seed) { return picture(name, encode_png(photograph(seed))); }
  ListOptions list(const std::string& name, const std::vector<std::pair<std::string, std::string>>& pairs) {
    OrderedJson json = OrderedJson::array();
    for (const auto& [image, caption] : pairs) json.push_back({{"image", image}, {"caption", caption}});
    return {.source = folder.write(name, json.dump()), .image_root = folder.path()};
  }
  TemporaryFolder folder;
};

std::vector<std::string> names(const PictureGroup& group) {
  std::vector<std::string> names;
  for (const ListedPicture& picture : group.pictures)
    names.push_back(std::filesystem::path(picture.place.image).filename().string());
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST(DataCheck, OfCleanDataHasNoWarning) {
  Data data;
  data.picture("a.png", 1).picture("b.jpg", encode_jpeg(photograph(2, 200, 300)));
  const auto list = data.list("list.json", {{"a.png", "Two dogs"}, {"b.jpg", "a cat, a mat"}, {"a.png", "dogs"}});
  const DataCheck check = check_data({.sources = {list}, .threads = 3});
  EXPECT_EQ(check.pairs, 3U);
  EXPECT_EQ(check.records, 3U);
  EXPECT_EQ(check.pictures, 2U);
  EXPECT_EQ(check.picture.readable, 2U);
  EXPECT_EQ(check.picture.formats, (std::map<std::string, uint64_t>{{"JPEG", 1}, {"PNG", 1}}));
  EXPECT_EQ(check.picture.width.min(), 200U);
  EXPECT_EQ(check.picture.height.max(), 300U);
  EXPECT_EQ(check.picture.aspect.min(), 67U);
  EXPECT_EQ(check.captions.words.max(), 4U);
  EXPECT_EQ(check.captions.scripts, (std::map<std::string, uint64_t>{{"Latin", 3}}));
  EXPECT_TRUE(check.broken.empty());
  EXPECT_TRUE(warnings(check).empty()) << warnings(check).front();
}

TEST(DataCheck, CountsTheBrokenByReason) {
  Data data;
  data.picture("good.png", 1).picture("text.jpg", "no picture at all").picture("empty.jpg", std::string());
  std::string cut = encode_png(photograph(2));
  data.picture("cut.png", cut.substr(0, 40));
  const auto list = data.list("list.json", {{"good.png", "a dog"},
                                            {"text.jpg", "a"},
                                            {"empty.jpg", "b"},
                                            {"cut.png", "c"},
                                            {"gone.jpg", "d"},
                                            {"gone.jpg", "e"},
                                            {"good.png", " "}});
  const DataCheck check = check_data({.sources = {list}, .bad_samples = data.folder / "bad.jsonl"});
  const Reasons expected = {
      {"damaged picture", 1}, {"empty caption", 1}, {"empty file", 1}, {"no picture", 1}, {"no such file", 1}};
  EXPECT_EQ(check.broken, expected);
  EXPECT_EQ(check.sources[0].broken, expected);
  EXPECT_EQ(check.pairs, 6U);
  EXPECT_EQ(check.picture.looked_at, 5U);
  EXPECT_EQ(check.picture.readable, 1U);
  ASSERT_EQ(check.broken_pictures.at("no such file").size(), 1U);
  EXPECT_EQ(check.broken_pictures.at("no such file")[0].place.record, 5U);
  ASSERT_EQ(warnings(check).size(), 1U);
  EXPECT_NE(warnings(check)[0].find("1 no such file"), std::string::npos);
  EXPECT_NE(read_file(data.folder / "bad.jsonl").find("\"damaged picture\""), std::string::npos);
}

TEST(DataCheck, TellsEqualFilesFromThoseThatLookAlike) {
  Data data;
  data.picture("a.png", 1).picture("a2.png", 1).picture("other.png", 2);
  data.picture("a.jpg", encode_jpeg(resize(photograph(1), 160, 120), 50)).picture("a3.png", 1);
  const auto list =
      data.list("list.json", {{"a.png", "a"}, {"a2.png", "b"}, {"other.png", "c"}, {"a.jpg", "d"}, {"a3.png", "e"}});
  const DataCheck check = check_data({.sources = {list}});
  EXPECT_EQ(check.picture.same_bytes.groups, 1U);
  EXPECT_EQ(check.picture.same_bytes.pictures, 3U);
  EXPECT_EQ(names(check.picture.same_bytes.examples.at(0)), (Names{"a.png", "a2.png", "a3.png"}));
  EXPECT_EQ(check.picture.alike.groups, 1U);
  EXPECT_EQ(check.picture.alike.pictures, 2U);  // one of the equal ones
  EXPECT_EQ(names(check.picture.alike.examples.at(0)), (Names{"a.png", "a.jpg"}));
}

TEST(DataCheck, FindsTestPicturesAndCaptionsInTheTrainingData) {
  Data data;
  data.picture("train.png", 1).picture("both.png", 2).picture("other.png", 3).picture("free.png", 4);
  data.picture("equal.png", 1).picture("alike.jpg", encode_jpeg(photograph(3), 50));
  const auto train = data.list("train.json", {{"train.png", "a dog"}, {"both.png", "a cat"}, {"other.png", "a cow"}});
  const auto test =
      data.list("test.json", {{"both.png", "A cat."}, {"equal.png", "x"}, {"alike.jpg", "y"}, {"free.png", "z"}});
  const DataCheck check = check_data({.sources = {train}, .test = {test}});
  EXPECT_EQ(check.pairs, 3U);
  EXPECT_EQ(check.test_pairs, 4U);
  EXPECT_EQ(check.pictures, 3U);
  EXPECT_EQ(check.test_pictures, 4U);
  EXPECT_EQ(check.overlap.same_name, 1U);
  EXPECT_EQ(check.overlap.same_bytes, 1U);
  EXPECT_EQ(check.overlap.alike, 1U);
  EXPECT_EQ(check.overlap.captions, 1U);  // cleaned they are equal
  EXPECT_EQ(check.overlap.caption_examples, Names{"a cat"});
  ASSERT_EQ(check.overlap.examples.size(), 2U);
  EXPECT_EQ(names(check.overlap.examples[0]), (Names{"equal.png", "train.png"}));
  EXPECT_EQ(names(check.overlap.examples[1]), (Names{"alike.jpg", "other.png"}));
  EXPECT_EQ(check.picture.same_bytes.groups, 0U);  // what is within the training data alone
  EXPECT_EQ(check.picture.readable, 3U);
  ASSERT_EQ(warnings(check).size(), 1U);
  EXPECT_NE(warnings(check)[0].find("training data: 2"), std::string::npos);
}

TEST(DataCheck, CountsCaptionsOfSeveralPicturesAndRepeatedPairs) {
  Data data;
  data.picture("a.png", 1).picture("b.png", 2).picture("c.png", 3);
  const auto list = data.list("list.json", {{"a.png", "A photo."},
                                            {"b.png", "a photo"},
                                            {"c.png", "a photo"},
                                            {"c.png", "A photo!"},
                                            {"a.png", "a dog"},
                                            {"a.png", "..."}});
  const DataCheck check = check_data({.sources = {list}, .pictures = false});
  EXPECT_EQ(check.captions.different, 3U);
  EXPECT_EQ(check.captions.of_several, 1U);
  EXPECT_EQ(check.captions.of_several_pairs, 4U);
  EXPECT_EQ(check.captions.repeated_pairs, 1U);
  EXPECT_EQ(check.captions.nothing_left, 1U);
  ASSERT_EQ(check.captions.most_pictures.size(), 1U);
  EXPECT_EQ(check.captions.most_pictures[0], (std::pair<std::string, uint64_t>("A photo.", 3)));
  EXPECT_EQ(check.picture.looked_at, 0U);
  EXPECT_EQ(check.pictures, 3U);
}

TEST(DataCheck, CountsTokensAndUnknownWords) {
  Data data;
  data.picture("a.png", 1);
  const auto vocabulary = Vocabulary::from_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ndog\ncat\n##s");
  const auto list = data.list("list.json", {{"a.png", "A zebra, dogs"}, {"a.png", "a zebra a quagga"}, {"a.png", "a"}});
  const DataCheck check =
      check_data({.sources = {list}, .vocabulary = vocabulary, .max_words = 3, .max_tokens = 4, .pictures = false});
  EXPECT_EQ(check.captions.pieces, 8U);  // a [UNK] dog ##s, a [UNK] a, a
  EXPECT_EQ(check.captions.unknown, 2U);
  EXPECT_EQ(check.captions.tokens.max(), 5U);
  EXPECT_EQ(check.captions.tokens.over(4), 1U);
  EXPECT_EQ(check.captions.words.over(3), 1U);
  ASSERT_EQ(check.captions.unknown_words.size(), 1U);  // the fourth word is not read
  EXPECT_EQ(check.captions.unknown_words[0], (std::pair<std::string, uint64_t>("zebra", 2)));
}

TEST(DataCheck, GoesOnWhereOneOfSeveralSourcesCannotBeRead) {
  Data data;
  data.picture("a.png", 1);
  const auto good = data.list("good.json", {{"a.png", "a dog"}});
  const ListOptions gone{.source = data.folder / "gone.json"};
  const ListOptions torn{.source = data.folder.write("torn.json", R"([{"image": "a.png", "caption": )")};
  const DataCheck check = check_data({.sources = {gone, good, torn}, .test = {gone}});
  ASSERT_EQ(check.sources.size(), 4U);
  EXPECT_NE(check.sources[0].error.find("gone.json"), std::string::npos);
  EXPECT_EQ(check.sources[1].error, "");
  EXPECT_EQ(check.sources[1].pictures, 1U);
  EXPECT_NE(check.sources[2].error, "");
  EXPECT_TRUE(check.sources[3].test);
  EXPECT_EQ(check.pairs, 1U);
  EXPECT_EQ(warnings(check).size(), 3U);
  EXPECT_NE(complaint<Error>([&] { check_data({.sources = {gone, torn}}); }).find("gone.json"), std::string::npos);
  EXPECT_NE(complaint<Error>([] { check_data({}); }), "");
}

TEST(DataCheck, TakesAListWithoutAnyUsablePair) {
  Data data;
  const auto list = data.list("list.json", {{"a.png", ""}, {"", "a dog"}});
  const DataCheck check = check_data({.sources = {list}});
  EXPECT_EQ(check.pairs, 0U);
  EXPECT_EQ(check.broken, (Reasons{{"empty caption", 1}, {"no image name", 1}}));
  EXPECT_EQ(warnings(check).size(), 2U);
}

TEST(DataCheck, LooksAtAnEvenSampleOfThePictures) {
  const Photos photos(50);
  const ListOptions list{.source = photos.file, .image_root = photos.folder.path()};
  const DataCheck check = check_data({.sources = {list}, .sample = 10, .threads = 2});
  EXPECT_EQ(check.pictures, 50U);
  EXPECT_EQ(check.picture.looked_at, 10U);
  EXPECT_EQ(check.picture.readable, 10U);
}
