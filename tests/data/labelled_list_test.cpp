#include "albef/data/labelled_list.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "temporary_folder.h"

namespace albef {
namespace {

const LabelledFormat kOne = {.pictures = 1, .labels = {"contradiction", "neutral", "entailment"}, .add_jpg = true};
const LabelledFormat kTwo = {.pictures = 2, .labels = {"False", "True"}};

class LabelledLists : public testing::Test {
 protected:
  LabelledList read(const std::string& json, const LabelledFormat& format) {
    return read_labelled({folder_.write("list.json", json)}, "pictures", format);
  }
  std::string complaint(const std::string& json, const LabelledFormat& format) {
    try {
      read(json, format);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  TemporaryFolder folder_;
};

TEST_F(LabelledLists, OfOnePictureGetItsEnding) {
  const auto list = read(R"([{"image": "7", "sentence": "A dog.", "label": "entailment", "pair_id": 3},
                             {"image": "a/8.png", "sentence": "", "label": "contradiction"},
                             {"image": "7", "sentence": "A dog.", "label": "neutral"}])",
                         kOne);
  EXPECT_EQ(list.images, (std::vector<std::string>{"7.jpg", "a/8.png"}));
  EXPECT_EQ(list.path(1), "pictures/a/8.png");
  ASSERT_EQ(list.examples.size(), 3U);
  EXPECT_EQ(list.examples[0].label, 2);
  EXPECT_EQ(list.examples[1].label, 0);
  EXPECT_EQ(list.examples[2].images[0], 0U);
  EXPECT_EQ(list.place(1).record, 2U);
}

TEST_F(LabelledLists, OfTwoPicturesShareSentencesByIdentifierOrByWords) {
  const auto list = read(R"([{"images": ["l", "r"], "sentence": "x", "label": "True", "identifier": "dev-1-0-0"},
                             {"images": ["r", "l"], "sentence": "x", "label": "False", "identifier": "dev-1-1-0"},
                             {"images": ["r", "l"], "sentence": "x", "label": "False", "identifier": "dev-2-0-0"},
                             {"images": ["l", "l"], "sentence": "y", "label": true},
                             {"images": ["l", "r"], "sentence": "y", "label": false}])",
                         kTwo);
  const auto& e = list.examples;
  EXPECT_EQ(e[0].group, e[1].group);
  EXPECT_NE(e[0].group, e[2].group);
  EXPECT_NE(e[2].group, e[3].group);
  EXPECT_EQ(e[3].group, e[4].group);
  EXPECT_EQ(e[3].label, 1);
  EXPECT_EQ(e[1].images, (std::array<uint32_t, 2>{1, 0}));
}

TEST_F(LabelledLists, MayHaveNumbersInsteadOfLabels) {
  const LabelledFormat format = {.pictures = 1, .labels = {}, .sentence = "text", .id = "ref_id"};
  const auto list = read(R"([{"image": "7.png", "text": "the dog", "ref_id": 4294967296, "label": 5}])", format);
  EXPECT_EQ(list.examples[0].sentence, "the dog");
  EXPECT_EQ(list.examples[0].id, int64_t{1} << 32);
  EXPECT_EQ(list.examples[0].label, 0);
  EXPECT_EQ(list.paths(), (std::vector<std::string>{"pictures/7.png"}));
  const auto other = read(R"([{"image": "7.png", "text": "the dog", "ref_id": 5}])", format);
  EXPECT_NE(list.fingerprint(), other.fingerprint());
  for (const char* id : {"\"5\"", "5.5", "18446744073709551615"}) {
    const auto why = complaint(str(R"([{"image": "7.png", "text": "the dog", "ref_id": )", id, "}]"), format);
    EXPECT_NE(why.find("record 1: \"ref_id\" is"), std::string::npos) << why;
  }
  EXPECT_NE(complaint(R"([{"image": "7.png", "sentence": "x", "ref_id": 1}])", format).find("\"ref_id\": integer}"),
            std::string::npos);
}

TEST_F(LabelledLists, AreRefusedByRecord) {
  const std::string good = R"({"images": ["l", "r"], "sentence": "x", "label": "True", "identifier": "a"})";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "the list holds no records"},
      {"[" + good + "," + good + "]", "record 2: identifier a was there before"},
      {R"([{"images": ["l", "r"], "sentence": "x", "label": "yes"}])", "'yes', expected one of False, True"},
      {R"([{"images": ["l", "r"], "sentence": "x", "label": 1}])", "\"label\" is a number"},
      {R"([{"images": ["l", "r"], "sentence": "x"}])", "record 1 has no \"label\""},
      {R"([{"images": ["l"], "sentence": "x", "label": "True"}])", "has 1 pictures, expected 2"},
      {R"([{"images": "l", "sentence": "x", "label": "True"}])", "\"images\" is a string"},
      {R"([{"images": ["l", ""], "sentence": "x", "label": "True"}])", "\"images\" is empty"},
      {R"([{"images": ["l", "r\u0000"], "sentence": "x", "label": "True"}])", "zero byte"},
      {R"([{"images": ["l", "r"], "sentence": ["x"], "label": "True"}])", "\"sentence\" is a list"},
      {"[{\"images\": [\"l\", \"r\"], \"sentence\": \"\xff\", \"label\": \"True\"}]", "not UTF-8"},
  };
  for (const auto& [json, words] : cases) {
    const auto message = complaint(json, kTwo);
    EXPECT_NE(message.find("list.json"), std::string::npos) << message;
    EXPECT_NE(message.find(words), std::string::npos) << json << " -> " << message;
  }
}

TEST_F(LabelledLists, NameTheRecordOfAMissingPicture) {
  folder_.write("there.jpg", "x");
  const auto file = folder_.write("ve.json", R"([{"image": "there", "sentence": "x", "label": "neutral"},
                                                 {"image": "gone", "sentence": "x", "label": "neutral"},
                                                 {"image": "lost", "sentence": "x", "label": "neutral"}])");
  const auto list = read_labelled({file}, folder_.path(), kOne);
  try {
    check_pictures_exist(list);
    FAIL();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("record 2: no such picture"), std::string::npos) << message;
    EXPECT_NE(message.find("1 more"), std::string::npos) << message;
  }
}

TEST_F(LabelledLists, HaveAFingerprintOfWhatTheySay) {
  const std::string one = R"([{"image": "a", "sentence": "x", "label": "neutral"}])",
                    other = R"([{"image": "a", "sentence": "x", "label": "entailment"}])",
                    elsewhere = R"([{"image": "b", "sentence": "x", "label": "neutral"}])";
  EXPECT_EQ(read(one, kOne).fingerprint(), read(one, kOne).fingerprint());
  EXPECT_NE(read(one, kOne).fingerprint(), read(other, kOne).fingerprint());
  EXPECT_NE(read(one, kOne).fingerprint(), read(elsewhere, kOne).fingerprint());
}

}  // namespace
}  // namespace albef
