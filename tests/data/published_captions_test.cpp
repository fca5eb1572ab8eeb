// Publishers' lists of captions, in samples made by hand.
#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "albef/data/annotations.h"
#include "albef/data/captions.h"
#include "albef/data/pictures.h"
#include "albef/image/png_writer.h"
#include "temporary_folder.h"

namespace albef {
namespace {

using Texts = std::vector<std::string>;
using Counts = std::map<std::string, uint64_t>;

const std::string kImages = R"("images": [{"license": 1, "file_name": "COCO_val2014_000000000042.jpg", "id": 42},
  {"file_name": "COCO_val2014_000000000073.jpg", "id": 73}])";
const std::string kAnnotations = R"("annotations": [{"image_id": 73, "id": 1, "caption": "A motorcycle"},
  {"image_id": 42, "id": 2, "caption": "A shoe"}, {"image_id": 73, "id": 3, "caption": "Two wheels"}])";

class PublishedCaptions : public testing::Test {
 protected:
  Annotations read(const std::string& file, const ListOptions& options = {}) {
    ListOptions list = options;
    list.source = file;
    if (list.image_root.empty()) list.image_root = folder_.path();
    return read_mixed({list}, {}, bad_);
  }
  std::string why(const std::string& file, const ListOptions& options = {}) {
    return complaint<Error>([&] { read(file, options); });
  }
  void expect_in(const std::string& part, const std::string& message) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  TemporaryFolder folder_;
  BadSamples bad_;
};

TEST_F(PublishedCaptions, CocosAreReadInTheirOrder) {
  for (const auto& text : {kImages + ", \"licenses\": [{\"id\": 1}], " + kAnnotations, kAnnotations + "," + kImages}) {
    const auto file = folder_.write("captions_val2014.json", R"({"info": {"year": 2014}, )" + text + "}");
    const auto list = read(file, {.source = {}, .image_root = "coco"});
    ASSERT_EQ(list.records(), 3U);
    EXPECT_EQ(list.image(0), "coco/COCO_val2014_000000000073.jpg");
    EXPECT_EQ(list.caption(1, 0), "A shoe");
    EXPECT_EQ(list.image_id(0), list.image_id(2));
    EXPECT_EQ(list.place(2).record, 3U);
    EXPECT_EQ(read_captions({file}), (Texts{"A motorcycle", "A shoe", "Two wheels"}));
    EXPECT_EQ(read_eval_list({file}, "coco").text_image, (std::vector<int64_t>{0, 1, 0}));
  }
}

TEST_F(PublishedCaptions, CocosPicturesAreLookedForInItsFolders) {
  folder_.write("val2014/COCO_val2014_000000000073.jpg", "");
  const auto file = folder_.write("captions.json", "{" + kImages + "," + kAnnotations + "}");
  EXPECT_EQ(read(file).image(1), folder_ / "val2014/COCO_val2014_000000000042.jpg");
}

TEST_F(PublishedCaptions, CocosPicturesAreThoseOfKarpathysList) {
  const auto coco = folder_.write("captions.json", "{" + kImages + "," + kAnnotations + "}");
  const auto karpathy = folder_.write("dataset.json", R"({"images": [{"filename": "x.jpg", "split": "val", "cocoid": 42,
      "sentences": [{"raw": "Shoes"}]}]})");
  const auto list = read_mixed({{.source = coco}, {.source = karpathy + "#val"}}, {}, bad_);
  EXPECT_EQ(list.image_id(3), list.image_id(1));
}

TEST_F(PublishedCaptions, CocosThatDoNotFitAreNamed) {
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = "{" + kImages + "," + kAnnotations + "}";
    return folder_.write("changed.json", text.replace(text.find(from), from.size(), to));
  };
  expect_in("changed.json: record 2 of \"annotations\": image_id 7 is not the id of any of the file's \"images\"",
            why(changed("\"image_id\": 42", "\"image_id\": 7")));
  expect_in("changed.json: record 1 has no \"caption\"; expected {\"images\"", why(changed("\"caption\"", "\"bbox\"")));
  expect_in("record 1 has no \"id\"", why(changed("\"id\": 42", "\"ids\": 42")));
  expect_in("images.json: has no \"annotations\"", why(folder_.write("images.json", "{" + kImages + "}")));
  const auto vqa = folder_.write("vqa.json", R"({"data_subtype": "x", "annotations": [{"question_id": 1, "image_id": 1,
      "answers": []}]})");
  expect_in("record 1 has no \"caption\"; expected {\"image\"", why(vqa));
}

const char* const kRegions = R"([{"id": 7, "regions": [
  {"region_id": 1, "image_id": 7, "phrase": "a red car", "x": 2, "y": 3, "width": 4, "height": 5},
  {"region_id": 2, "image_id": 7, "phrase": "the sky", "x": -2, "y": 0, "width": 100, "height": 2},
  {"region_id": 3, "image_id": 7, "phrase": "a thin line", "x": 5, "y": 0, "width": 0, "height": 2}]},
 {"id": 8, "regions": [
  {"region_id": 4, "image_id": 8, "phrase": "far away", "x": 30, "y": 3, "width": 4, "height": 5}]}])";
const char* const kImageData = R"([{"image_id": 7, "url": "https://example.org/rak248/VG_100K_2/7.jpg", "width": 20,
  "height": 10, "coco_id": null, "flickr_id": 1},
 {"image_id": 8, "url": "https://example.org/rak248/VG_100K/8.jpg", "width": 20, "height": 10}])";

TEST_F(PublishedCaptions, RegionsAreToldWithTheWholePicture) {
  folder_.write("VG_100K_2/8.jpg", "");
  const auto file = folder_.write("region_descriptions.json", kRegions);
  const auto list = read(file);
  ASSERT_EQ(list.records(), 4U);
  EXPECT_EQ(list.image(0), folder_ / "VG_100K/7.jpg");
  EXPECT_EQ(list.image(3), folder_ / "VG_100K_2/8.jpg");
  EXPECT_EQ(list.caption(1, 0), "the sky");
  EXPECT_EQ(list.image_id(0), list.image_id(2));
  EXPECT_NE(list.image_id(0), list.image_id(3));
  EXPECT_EQ(list.place(2).record, 1U);
  EXPECT_EQ(read_captions({file}), (Texts{"a red car", "the sky", "a thin line", "far away"}));
}

TEST_F(PublishedCaptions, RegionsAreCutOutIfAskedFor) {
  const auto file = folder_.write("region_descriptions.json", kRegions);
  const auto list = read(file, {.source = {}, .regions = "crop"});
  ASSERT_EQ(list.records(), 3U);
  EXPECT_EQ(list.image(0), folder_ / "VG_100K/7.jpg#xywh=2,3,4,5");
  EXPECT_EQ(list.image(1), folder_ / "VG_100K/7.jpg#xywh=0,0,98,2");
  EXPECT_NE(list.image_id(0), list.image_id(1)) << "what is seen is not the same";
  EXPECT_EQ(bad_.by_reason(), (Counts{{"region outside the picture", 1}}));
}

TEST_F(PublishedCaptions, ImageDataTellsFoldersAndSizes) {
  folder_.write("image_data.json", kImageData);
  const auto file = folder_.write("region_descriptions.json", kRegions);
  EXPECT_EQ(read(file).image(0), folder_ / "VG_100K_2/7.jpg");
  const auto list = read(file, {.source = {}, .regions = "crop"});
  ASSERT_EQ(list.records(), 2U);
  EXPECT_EQ(list.image(1), folder_ / "VG_100K_2/7.jpg#xywh=0,0,20,2");
  EXPECT_EQ(bad_.by_reason(), (Counts{{"region outside the picture", 2}}));
  folder_.write("VG_100K/7.jpg", encode_png(Image::filled(20, 10)));
  EXPECT_EQ(Pictures().size(read(file, {.source = {}, .regions = "crop"}).image(1)), (ImageSize{20, 2}))
      << "all in one folder";
  folder_.write("image_data.json", R"([{"image_id": 7, "url": "x", "width": 0, "height": 10}])");
  expect_in("image_data.json: record 1: \"width\" is 0", why(file));
}

TEST_F(PublishedCaptions, RegionsThatDoNotFitAreNamed) {
  const auto region = [&](const std::string& inner) {
    return folder_.write("r.json", R"([{"id": 1, "regions": [{"image_id": 1, "phrase": "a", )" + inner + "}]}]");
  };
  const auto good = region(R"("x": 99999999999, "y": -9223372036854775808, "width": 9223372036854775807, "height": 1)");
  expect_in("no usable pair in it (skipped: 1 region outside the picture)",
            why(good, {.source = {}, .regions = "crop"}));
  expect_in("r.json: record 1: \"x\" is a string", why(region(R"("x": "1")"), {.source = {}, .regions = "crop"}));
  expect_in("has no \"y\"; expected {\"regions\"", why(region(R"("x": 1)"), {.source = {}, .regions = "crop"}));
}

class SbuList : public PublishedCaptions {
 protected:
  std::string write(const std::string& text) { return folder_.write("sbu.json", text); }
  ListOptions options_ = {.source = {}, .image = "{row:04}.jpg"};
};

TEST_F(SbuList, CaptionsAreThoseOfTheRows) {
  for (const char* row : {"0000.jpg", "0002.jpg", "0003.jpg", "0004.jpg"}) folder_.write(row, "");
  const Texts lists = {R"("image_urls": ["http://a", "http://b", "http://c", "", "x"])",
                       R"("user_ids": ["1", "2", "3", "4", "5"])",
                       "\"captions\": [\"A \\\"dog\\\" \\u00e9\", \"gone\", \"caf\xe9\", \"\", \"last\"]"};
  for (const Texts& order : {lists, Texts{lists[2], lists[1], lists[0]}}) {
    BadSamples bad;
    const auto file = write("\xef\xbb\xbf {" + order[0] + ",\n" + order[1] + ", " + order[2] + "}\n");
    const auto list = read_mixed({{.source = file, .image_root = folder_.path(), .image = "{row:04}.jpg"}}, {}, bad);
    ASSERT_EQ(list.records(), 2U);
    EXPECT_EQ(list.image(0), folder_ / "0000.jpg");
    EXPECT_EQ(list.caption(0, 0), "A \"dog\" \xc3\xa9");
    EXPECT_EQ(list.caption(1, 0), "last");
    EXPECT_EQ(list.place(1).record, 5U);
    EXPECT_EQ(bad.by_reason(), (Counts{{"caption not UTF-8", 1}, {"empty caption", 1}, {"no such file", 1}}));
  }
}

TEST_F(SbuList, WhatIsWrongIsTold) {
  const std::string urls = R"("image_urls": ["a", "b"])", users = R"("user_ids": ["a", "b"])",
                    captions = R"("captions": ["x"])";
  const auto all = write("{" + urls + "," + users + "," + captions + "}");
  expect_in("sbu.json: names no pictures; set image to where they lie", why(all));
  expect_in("image has {key}; a picture is told by {row} alone", why(all, {.source = {}, .image = "{key}.jpg"}));
  expect_in("not equally long: 2 image_urls, 2 user_ids, 1 captions", why(all, options_));
  expect_in("not equally long: 2 image_urls, 0 user_ids, 0 captions", why(write("{" + urls + "}"), options_));
  expect_in("has a list \"image_urls\" twice", why(write("{" + urls + "," + urls + "}"), options_));
  expect_in("has a list \"titles\"; expected", why(write("{" + urls + R"(, "titles": []})"), options_));
  expect_in("\"user_ids\" 2 is a number, expected a text",
            why(write("{" + urls + R"(,"user_ids": ["a", 2]})"), options_));
  expect_in("found an object, expected a list", why(write(R"({"image_urls": {}})"), options_));
  expect_in("is cut off", why(write("{" + urls + ", \"user_ids\": [\"a\","), options_));
  expect_in("record 2 is cut off", why(write("{" + urls + ", \"user_ids\": [\"a\", \"b"), options_));
  expect_in("expected the file's end", why(write("{" + urls + "}{"), options_));
  expect_in("caption 1: not valid JSON", why(write(R"({"image_urls": ["a"], "captions": ["\x"]})"), options_));
}

TEST_F(SbuList, JsonLinesWithCaptionsAreNotTakenForIt) {
  const auto file = write(R"({"captions": ["A dog", "a pet"], "image": "a.jpg"}
{"captions": ["A cat"], "image": "b.jpg"})");
  EXPECT_EQ(read(file, {.source = {}, .caption = "captions"}).captions(), 3U);
}

}  // namespace
}  // namespace albef
