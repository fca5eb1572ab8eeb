#include "albef/data/referring.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "albef/data/annotations.h"
#include "albef/data/grounding_truth.h"
#include "temporary_folder.h"

namespace albef {
namespace {

using Texts = std::vector<std::string>;

const char* const kRefs = R"([
 {"sent_ids": [0, 1, 2], "file_name": "COCO_train2014_000000000005_2.jpg", "ann_id": 11, "ref_id": 0, "image_id": 5,
  "split": "val", "category_id": 1, "sentences": [{"tokens": ["left", "dog"], "raw": "Left dog", "sent_id": 0,
  "sent": "left dog"}, {"sent": "brown dog"}, {"sent": "left dog"}]},
 {"ann_id": 12, "ref_id": 1, "image_id": 5, "split": "testA", "sentences": [{"sent": "man"}]},
 {"ann_id": 13, "ref_id": 7, "image_id": 6, "split": "val", "sentences": [{"sent": "the cat"}]}])";
const char* const kInstances = R"({"info": {}, "images": [
 {"license": 1, "file_name": "COCO_train2014_000000000005.jpg", "height": 80, "width": 100, "id": 5},
 {"file_name": "COCO_train2014_000000000006.jpg", "id": 6}], "licenses": [{"id": 1}], "annotations": [
 {"segmentation": [[1.5, 2, 3, 4]], "area": 9.5, "iscrowd": 0, "image_id": 5, "bbox": [1, 2, 30.5, 40], "id": 11},
 {"image_id": 5, "bbox": [5, 6, 7, 8], "id": 12}, {"image_id": 6, "bbox": [0, 0, 9, 9], "id": 13}],
 "categories": [{"id": 1, "name": "dog"}]})";

class RefCoco : public testing::Test {
 protected:
  RefCoco() { folder_.write("instances.json", kInstances); }
  std::string why(const std::string& refs, const std::string& split = "#val") {
    const auto file = folder_.write("bad.json", refs);
    return complaint<Error>([&] { read_labelled({file + split}, "", grounding_format()); });
  }
  TemporaryFolder folder_;
};

TEST_F(RefCoco, GivesPhrasesWithTheirPictures) {
  const auto file = folder_.write("refs.json", kRefs);
  auto list = read_labelled({file + "#val"}, folder_.path(), grounding_format());
  ASSERT_EQ(list.examples.size(), 4U);  // one stands twice, and counts twice
  EXPECT_EQ(list.examples[0].sentence + "|" + list.examples[1].sentence, "left dog|brown dog");
  EXPECT_EQ(list.examples[3].id, 7);
  EXPECT_EQ(list.examples[3].record, 3U);
  EXPECT_EQ(list.images[0], "train2014/COCO_train2014_000000000005.jpg");
  folder_.write("COCO_train2014_000000000005.jpg", "");
  list = read_labelled({file + "#testA,val"}, folder_.path(), grounding_format());
  EXPECT_EQ(list.images, (Texts{"COCO_train2014_000000000005.jpg", "COCO_train2014_000000000006.jpg"}));
  EXPECT_EQ(list.examples.size(), 5U);
}

TEST_F(RefCoco, IsTrainedOnAsPairs) {
  BadSamples bad;
  const auto file = folder_.write("refs.json", kRefs);
  const auto pairs = read_annotations({file + "#val"}, {.image_root = "coco", .caption_field = "text"}, bad);
  ASSERT_EQ(pairs.records(), 4U);
  EXPECT_EQ(pairs.caption(1, 0), "brown dog");
  EXPECT_EQ(pairs.image(3), "coco/train2014/COCO_train2014_000000000006.jpg");
  EXPECT_EQ(pairs.image_id(0), pairs.image_id(1));
  EXPECT_NE(pairs.image_id(0), pairs.image_id(3));
}

TEST_F(RefCoco, ReadsPickles) {
  // pickle.dumps([{"ref_id": 3, "ann_id": 13, "image_id": 6, "split": "val", "sentences": [{"sent": "cat"}]}], 0)
  const auto file = folder_.write("refs(unc).p",
                                  "(lp0\n(dp1\nVref_id\np2\nI3\nsVann_id\np3\nI13\nsVimage_id\np4\nI6\nsVsplit\np5\n"
                                  "Vval\np6\nsVsentences\np7\n(lp8\n(dp9\nVsent\np10\nVcat\np11\nsasa.");
  const auto list = read_labelled({file + "#val"}, "", grounding_format());
  ASSERT_EQ(list.examples.size(), 1U);
  EXPECT_EQ(list.examples[0].sentence, "cat");
  EXPECT_EQ(list.examples[0].id, 3);
}

TEST_F(RefCoco, RefusesWhatDoesNotJoin) {
  const auto expect_in = [](const std::string& part, const std::string& message) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  const auto one = [](const char* ann, const char* image, const char* rest = R"("sentences": [{"sent": "x"}])") {
    return str(R"([{"ref_id": 1, "split": "val", "ann_id": )", ann, R"(, "image_id": )", image, ", ", rest, "}]");
  };
  expect_in("bad.json#val: record 1: its ann_id 99 is none of the annotations of", why(one("99", "5")));
  expect_in("bad.json#val: record 1: its image_id 99 is none of the images of", why(one("11", "99")));
  expect_in("record 1: its picture is 6, but that of its ann_id 11 is 5", why(one("11", "6")));
  expect_in("record 1: \"ann_id\" is a string", why(one("\"11\"", "5")));
  expect_in("\"sentences\" is a number", why(one("11", "5", R"("sentences": 4)")));
  expect_in("an object in it has no \"sent\"", why(one("11", "5", R"("sentences": [{"raw": "x"}])")));
  expect_in("has the splits val (1)", why(one("11", "5"), ""));
  folder_.write("instances.json", R"({"images": [{"id": 5, "file_name": "a.jpg"}], "annotations": [{"id": 11)");
  expect_in("instances.json: record 1 is cut off", why(one("11", "5")));
  std::filesystem::remove(folder_ / "instances.json");
  expect_in("there is no " + (folder_ / "instances.json"), why(one("11", "5")));
}

}  // namespace
}  // namespace albef
