#include "albef/data/grounding_truth.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "albef/image/png_writer.h"
#include "temporary_folder.h"

namespace albef {
namespace {

constexpr char kRefs[] = R"([{"ref_id": 1, "image_id": 4001, "split": "val", "type": "dog", "bbox": [2, 3, 10, 8]},
                             {"ref_id": 2, "image_id": 4001, "bbox": [-1, 0, 5.5, 4]},
                             {"ref_id": 3, "image_id": "x7", "split": "testA", "bbox": [0, 0, 9, 9]},
                             {"ref_id": 9, "image_id": 5000, "bbox": [900, 900, 9, 9]}])";
constexpr char kDets[] = R"({"4001": [[0, 0, 10, 10, 0.9], [15, 5, 30, 30]], "x7": [[1, 1, 2, 2]]})";
constexpr char kSizes[] = R"([{"image_id": 4001, "width": 400, "height": 300, "image": "a.png"},
                              {"image_id": "x7", "width": 50, "height": 60}])";

class GroundingTruths : public testing::Test {
 protected:
  GroundingTruths() {
    for (const char* name : {"a.png", "b.png"}) folder_.write(name, encode_png(Image::filled(20, 12, 90)));
    write_list(R"([{"image": "a.png", "text": "the dog", "ref_id": 1},
                   {"image": "b.png", "text": "a cat", "ref_id": 3},
                   {"image": "a.png", "text": "the bone", "ref_id": 2}])");
  }
  void write_list(const std::string& json) {
    list_ = read_labelled({folder_.write("list.json", json)}, folder_.path(), grounding_format());
  }
  GroundingTruth read(const std::string& refs, const std::string& dets = "", const std::string& sizes = "") {
    GroundingFiles files;
    files.refs = folder_.write("refs.json", refs);
    if (!dets.empty()) files.dets = folder_.write("dets.json", dets);
    if (!sizes.empty()) files.sizes = folder_.write("sizes.json", sizes);
    return read_grounding_truth(list_, files, pictures_);
  }
  // That reading complains, in one line with all of `words`.
  void refused(const std::vector<std::string>& words, const std::string& refs, const std::string& dets = "",
               const std::string& sizes = "") {
    const auto why = complaint<Error>([&] { read(refs, dets, sizes); });
    for (const auto& word : words) EXPECT_NE(why.find(word), std::string::npos) << word << " in: " << why;
    EXPECT_EQ(why.find('\n'), std::string::npos) << why;
  }
  std::string replaced(const std::string& text, const std::string& what, const std::string& by) {
    auto other = text;
    EXPECT_NE(other.find(what), std::string::npos) << what;
    return other.replace(other.find(what), what.size(), by);
  }
  TemporaryFolder folder_;
  LabelledList list_;
  Pictures pictures_;
};

TEST_F(GroundingTruths, AreJoinedToTheListByRefAndPicture) {
  const auto truth = read(kRefs, kDets);
  ASSERT_EQ(truth.referents.size(), 3U);
  EXPECT_EQ(truth.referents[0].type, "dog");
  EXPECT_EQ(truth.referents[1].image_id, "x7");
  EXPECT_EQ(truth.referents[2].box.width, 5.5);
  EXPECT_EQ(truth.sizes, (std::vector<ImageSize>{{20, 12}, {20, 12}}));
  ASSERT_EQ(truth.proposals.size(), 2U);
  EXPECT_EQ(truth.proposals[0].size(), 2U);
  EXPECT_EQ(truth.proposals[1][0].left, 1);
  EXPECT_TRUE(read(kRefs).proposals.empty());
}

TEST_F(GroundingTruths, TakeSizesOfTheOriginals) {
  EXPECT_EQ(read(kRefs, "", kSizes).sizes, (std::vector<ImageSize>{{400, 300}, {50, 60}}));
}

TEST_F(GroundingTruths, AreRefusedByRecordOfTheReferences) {
  const auto box = [&](const std::string& other) { return replaced(kRefs, "[2, 3, 10, 8]", other); };
  refused({"refs.json", "record 1", "ref_id 1", "0 x 8"}, box("[2, 3, 0, 8]"));
  refused({"record 1", "10 x -8"}, box("[2, 3, 10, -8]"));
  refused({"record 1", "no finite number"}, box("[2, 3, NaN, 8]"));
  refused({"record 1", "no finite number"}, box("[2, 1e999, 3, 8]"));
  refused({"record 1", "a string"}, box("[2, 3, \"10\", 8]"));
  refused({"record 1", "[x, y, width, height]"}, box("[2, 3, 10]"));
  refused({"record 1", "[x, y, width, height]"}, box("7"));
  refused({"refs.json: record 1", "outside of the picture of 20 x 12", "sizes"}, box("[20, 3, 10, 8]"));
  refused({"outside of the picture of 20 x 12"}, box("[2, -8, 10, 8]"));
  refused({"record 2", "record 1"}, replaced(kRefs, "\"ref_id\": 2", "\"ref_id\": 1"));
  refused({"record 2", "a string"}, replaced(kRefs, "\"ref_id\": 2", "\"ref_id\": \"2\""));
  refused({"record 2", "no \"ref_id\""}, replaced(kRefs, "\"ref_id\": 2, ", ""));
  refused({"record 3", "no \"image_id\""}, replaced(kRefs, "\"image_id\": \"x7\", ", ""));
  refused({"refs.json"}, "{");
}

TEST_F(GroundingTruths, AreRefusedByRecordOfTheList) {
  refused({"list.json: record 3", "ref_id 2", "refs.json"}, replaced(kRefs, "\"ref_id\": 2", "\"ref_id\": 22"));
  refused({"list.json: record 3", "x7"}, replaced(kRefs, "2, \"image_id\": 4001", "2, \"image_id\": \"x7\""));
  refused({"list.json: record 2", "4001", "a.png"}, replaced(kRefs, "\"x7\"", "4001"));
  write_list(
      R"([{"image": "a.png", "text": "the dog", "ref_id": 1}, {"image": "a.png", "text": "the dog", "ref_id": 1}])");
  EXPECT_EQ(read(kRefs).referents.size(), 2U);  // the same phrase twice counts twice
  write_list(R"([{"image": "a.png", "text": "the dog", "ref_id": 1}, {"image": "a.png", "text": "dog", "ref_id": 1}])");
  EXPECT_EQ(read(kRefs).referents.size(), 2U);
}

TEST_F(GroundingTruths, AreRefusedByPictureAndNumberOfTheProposals) {
  const auto box = [&](const std::string& other) { return replaced(kDets, "[15, 5, 30, 30]", other); };
  refused({"dets.json", "image 4001, box 2", "outside"}, kRefs, box("[20, 5, 30, 30]"));
  refused({"image 4001, box 2", "0 x 30"}, kRefs, box("[15, 5, 0, 30]"));
  refused({"image 4001, box 2", "no finite number"}, kRefs, box("[15, Infinity, 30, 30]"));
  refused({"image 4001, box 2", "[x, y, width, height]"}, kRefs, box("[15, 5]"));
  refused({"dets.json", "no boxes of image 4001", "list.json: record 1"}, kRefs, R"({"77": [[0, 0, 5, 5]]})");
  refused({"no boxes of image 4001"}, kRefs, R"({"4001": []})");
  refused({"dets.json", "a list"}, kRefs, "[]");
  refused({"image 4001", "a number"}, kRefs, R"({"4001": 5})");
}

TEST_F(GroundingTruths, AreRefusedByRecordOfTheSizes) {
  refused({"sizes.json: record 1", "\"width\" is 0"}, kRefs, "", replaced(kSizes, ": 400,", ": 0,"));
  refused({"sizes.json: record 1", "100001", "100000"}, kRefs, "", replaced(kSizes, ": 400,", ": 100001,"));
  refused({"sizes.json: record 1", "a number"}, kRefs, "", replaced(kSizes, ": 400,", ": 400.5,"));
  refused({"sizes.json", "x7", "list.json: record 2"}, kRefs, "", replaced(kSizes, "\"x7\"", "\"x8\""));
  refused({"sizes.json: record 2", "was there before"}, kRefs, "", replaced(kSizes, "\"x7\"", "4001"));
}

}  // namespace
}  // namespace albef
