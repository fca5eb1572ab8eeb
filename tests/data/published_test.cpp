// Publishers' files in samples made by hand: what comes out of each.
#include "albef/data/published.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "albef/data/annotations.h"
#include "albef/data/captions.h"
#include "albef/data/labelled_list.h"
#include "albef/data/question_list.h"
#include "temporary_folder.h"

namespace albef {
namespace {

using Texts = std::vector<std::string>;

const char* const kKarpathy = R"({"images": [
 {"filepath": "val2014", "sentids": [1, 2], "filename": "COCO_val2014_000000000042.jpg", "imgid": 0, "split": "test",
  "sentences": [{"tokens": ["a", "dog"], "raw": "A dog.", "imgid": 0, "sentid": 1}, {"raw": "Dogs", "sentid": 2}],
  "cocoid": 42},
 {"filepath": "train2014", "filename": "COCO_train2014_000000000009.jpg", "imgid": 1, "split": "train",
  "sentences": [{"raw": "Two boats"}], "cocoid": 9},
 {"filepath": "val2014", "filename": "COCO_val2014_000000000074.jpg", "imgid": 2, "split": "restval",
  "sentences": [{"raw": "A cat"}], "cocoid": 74}], "dataset": "coco"})";

const char* const kQuestions = R"({"info": {"description": "made by hand"}, "task_type": "Open-Ended",
 "data_type": "mscoco", "license": {"name": "none"}, "data_subtype": "train2014", "questions": [
 {"image_id": 458752, "question": "What is this?", "question_id": 458752000},
 {"image_id": 42, "question": "How many?", "question_id": 42000}]})";
const char* const kAnnotations = R"({"info": {}, "license": {}, "data_subtype": "train2014", "annotations": [
 {"question_type": "how many", "multiple_choice_answer": "2", "image_id": 42, "answer_type": "number",
  "question_id": 42000, "answers": [{"answer": "2", "answer_confidence": "yes", "answer_id": 1},
  {"answer": "two", "answer_confidence": "maybe", "answer_id": 2}]},
 {"question_type": "what is this", "image_id": 458752, "answer_type": "other", "question_id": 458752000,
  "answers": [{"answer": "net", "answer_id": 1}]}], "data_type": "mscoco"})";

class Published : public testing::Test {
 protected:
  template <class F>
  std::string why(F&& act) {
    return complaint<Error>(act);
  }
  void expect_in(const std::string& part, const std::string& message) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  TemporaryFolder folder_;
  BadSamples bad_;
};

TEST_F(Published, KarpathysListIsReadBySplit) {
  const auto file = folder_.write("dataset_coco.json", kKarpathy);
  const auto list = read_annotations({file + "#test"}, {.image_root = "coco"}, bad_);
  ASSERT_EQ(list.records(), 1U);
  EXPECT_EQ(list.image(0), "coco/val2014/COCO_val2014_000000000042.jpg");
  EXPECT_EQ(list.caption(0, 0), "A dog.");
  EXPECT_EQ(list.caption(0, 1), "Dogs");
  EXPECT_EQ(list.place(0).record, 1U);
  const auto train = read_annotations({file + "#train,restval"}, {}, bad_);
  ASSERT_EQ(train.records(), 2U);
  EXPECT_EQ(train.image(0), "train2014/COCO_train2014_000000000009.jpg");
  EXPECT_EQ(train.image(1), "val2014/COCO_val2014_000000000074.jpg");
  EXPECT_EQ(read_captions({file + "#restval"}), Texts{"A cat"});
  expect_in("has the splits restval (1), test (1), train (1); name one or more behind it, as in",
            why([&] { read_annotations({file}, {}, bad_); }));
  expect_in("dataset_coco.json#tset: has no split 'tset'; it has restval (1), test (1), train (1)",
            why([&] { read_annotations({file + "#tset"}, {}, bad_); }));
  EXPECT_EQ(read_annotations({folder_.write("a#b.json", R"([{"image": "x", "caption": "y"}])")}, {}, bad_).records(),
            1U);
}

TEST_F(Published, FlickrsListHasNoFolder) {
  const auto file = folder_.write("dataset_flickr30k.json", R"({"images": [{"sentids": [0], "imgid": 3, "sentences":
      [{"raw": "Two men"}], "split": "val", "filename": "1000092795.jpg"}], "dataset": "flickr30k"})");
  EXPECT_EQ(read_eval_list({file + "#val"}, "flickr").images, Texts{"flickr/1000092795.jpg"});
}

TEST_F(Published, VqaQuestionsAndAnswersAreJoined) {
  const auto questions = folder_.write("q.json", kQuestions), answers = folder_.write("a.json", kAnnotations);
  for (const auto& files : {Texts{questions, answers}, Texts{answers, questions}}) {
    const auto list = read_questions(files, {.vqa = "coco"}, true);
    ASSERT_EQ(list.examples.size(), 2U);
    EXPECT_EQ(list.path(0), "coco/train2014/COCO_train2014_000000458752.jpg");
    EXPECT_EQ(list.path(1), "coco/train2014/COCO_train2014_000000000042.jpg");
    EXPECT_EQ(list.examples[0].question, "What is this?");
    EXPECT_EQ(list.examples[0].given, Texts{"net"});
    EXPECT_EQ(list.examples[1].question_id, 42000);
    EXPECT_EQ(list.examples[1].given, (Texts{"2", "two"}));
    EXPECT_EQ(list.examples[1].question_type + "|" + list.examples[1].answer_type, "how many|number");
    EXPECT_EQ(list.examples[1].answers[0].weight, 0.5);
    EXPECT_EQ(list.place(1).record, 2U);
  }
  EXPECT_TRUE(read_questions({questions}, {}, false).examples[0].given.empty());
}

TEST_F(Published, VqaTestPicturesLieInOneFolder) {
  const auto file = folder_.write("q.json", R"({"questions": [{"image_id": 1, "question": "Why?", "question_id": 1000}],
      "data_subtype": "test-dev2015"})");
  EXPECT_EQ(read_questions({file}, {}, false).images, Texts{"test2015/COCO_test2015_000000000001.jpg"});
}

TEST_F(Published, VqaFilesThatDoNotFitAreNamed) {
  const auto questions = folder_.write("q.json", kQuestions), answers = folder_.write("a.json", kAnnotations);
  const auto changed = [&](std::string text, const std::string& from, const std::string& to) {
    return folder_.write("changed.json", text.replace(text.find(from), from.size(), to));
  };
  const auto read = [&](const Texts& files) { return why([&] { read_questions(files, {}, true); }); };
  expect_in("a.json: has the answers alone; name its questions beside it", read({answers}));
  expect_in("q.json: record 1: question_id 458752000 has no answers; name its annotations beside it",
            read({questions}));
  expect_in("was there before (" + questions + ": record 1)", read({questions, questions, answers}));
  expect_in("a.json: record 1: question_id 42000 was answered before", read({questions, answers, answers}));
  expect_in("changed.json: record 2: question_id 7 is in none of the lists of questions",
            read({questions, changed(kAnnotations, "\"question_id\": 458752000", "\"question_id\": 7")}));
  expect_in("changed.json: record 1: the picture of question_id 42000 is train2014/COCO_train2014_000000000043.jpg",
            read({questions, changed(kAnnotations, "\"image_id\": 42", "\"image_id\": 43")}));
  expect_in("changed.json: record 1 has no \"question_id\"",
            read({questions, changed(kAnnotations, "\"question_id\": 42000", "\"id\": 42000")}));
  expect_in("changed.json: has no \"data_subtype\"", read({changed(kQuestions, "data_subtype", "subtype")}));
  const std::string cut(kAnnotations, std::string(kAnnotations).find("\"two\""));
  expect_in("cut.json: record 1 is cut off", read({questions, folder_.write("cut.json", cut)}));
}

TEST_F(Published, VisualGenomesPicturesAreLookedFor) {
  folder_.write("VG_100K_2/7.jpg", "a picture");
  const auto file = folder_.write("question_answers.json", R"([{"id": 7, "qas": [
      {"a_objects": [], "question": "Who is it?", "image_id": 7, "qa_id": 986769, "answer": "A man."},
      {"question": "Where?", "image_id": 7, "qa_id": 986770, "answer": "Here"}]},
      {"id": 8, "qas": [{"question": "When?", "image_id": 8, "qa_id": 3, "answer": "Now"}]}])");
  const auto list = read_questions({file}, {.vqa = "coco", .vg = folder_.path()}, true);
  ASSERT_EQ(list.examples.size(), 3U);
  EXPECT_EQ(list.images, (Texts{"VG_100K_2/7.jpg", "VG_100K/8.jpg"}));
  EXPECT_EQ(list.path(0), folder_ / "VG_100K_2/7.jpg");
  EXPECT_EQ(list.examples[1].question_id, 986770);
  EXPECT_EQ(list.examples[0].answers.at(0).text, "A man.");
  EXPECT_EQ(list.examples[0].answers.at(0).weight, 0.5);
  EXPECT_EQ(list.place(1).record, 1U);
  EXPECT_EQ(read_captions({file}), (Texts{"Who is it?", "A man.", "Where?", "Here", "When?", "Now"}));
  expect_in("question_answers.json: record 2: no such picture: " + (folder_ / "VG_100K/8.jpg"),
            why([&] { check_pictures_exist(list); }));
  const auto bad = folder_.write("bad.json", R"([{"id": 1, "qas": [{"question": "q", "image_id": "1", "qa_id": 1}]}])");
  expect_in("bad.json: record 1: \"image_id\" is a string", why([&] { read_questions({bad}, {}, true); }));
}

const LabelledFormat kVeFormat = {.labels = {"contradiction", "neutral", "entailment"}, .add_jpg = true};
const LabelledFormat kNlvrFormat = {.pictures = 2, .labels = {"False", "True"}};

TEST_F(Published, SnliVesSentencesWithoutALabelArePassedOver) {
  const auto file = folder_.write("snli_ve_test.jsonl", R"({"annotator_labels": ["neutral"], "captionID": "7.jpg#0",
"gold_label": "neutral", "sentence1": "A premise", "sentence2": "A man is tall.", "Flickr30K_ID": "2267923837"}
{"gold_label": "-", "sentence1": "x", "sentence2": "y", "Flickr30K_ID": "2267923837"}
{"gold_label": "entailment", "sentence2": "A man.", "Flikr30kID": "7.jpg"}
)");
  const auto list = read_labelled({file}, "flickr", kVeFormat);
  ASSERT_EQ(list.examples.size(), 2U);
  EXPECT_EQ(list.images, (Texts{"2267923837.jpg", "7.jpg"}));
  EXPECT_EQ(list.examples[0].sentence, "A man is tall.");
  EXPECT_EQ(list.examples[0].label, 1);
  EXPECT_EQ(list.examples[1].label, 2);
  EXPECT_EQ(list.place(1).record, 3U);
  EXPECT_EQ(read_captions({file}), (Texts{"A man is tall.", "A man."}));
  const auto bad = folder_.write("bad.jsonl", R"({"gold_label": "neutral", "sentence2": "A", "Flickr30K_ID": "1"}
{"gold_label": "maybe", "sentence2": "A", "Flickr30K_ID": "1"})");
  expect_in("bad.jsonl: record 2: \"label\" is 'maybe'", why([&] { read_labelled({bad}, "", kVeFormat); }));
}

TEST_F(Published, Nlvr2sPicturesAreFoundAsPackedAndFlat) {
  const std::string train = R"({"sentence": "Two dogs.", "left_url": "http://x", "right_url": "http://y",
"label": "True", "identifier": "train-10171-0-0", "directory": 62}
{"sentence": "Two dogs.", "left_url": "", "right_url": "", "label": "False",
"identifier": "train-10171-1-0", "directory": 3})";
  const auto read = [&](const std::string& root) {
    return read_labelled({folder_.write("train.json", train)}, folder_ / root, kNlvrFormat);
  };
  EXPECT_EQ(read("nowhere").images[0], "images/train/62/train-10171-0-img0.png");
  folder_.write("packed/train/62/train-10171-0-img0.png", "");
  folder_.write("below/62/train-10171-0-img0.png", "");
  folder_.write("flat/train-10171-0-img0.png", "");
  EXPECT_EQ(read("packed").images, (Texts{"train/62/train-10171-0-img0.png", "train/62/train-10171-0-img1.png",
                                          "train/3/train-10171-1-img0.png", "train/3/train-10171-1-img1.png"}));
  EXPECT_EQ(read("below").images[2], "3/train-10171-1-img0.png");
  const auto flat = read("flat");
  EXPECT_EQ(flat.images[0], "train-10171-0-img0.png");
  EXPECT_EQ(flat.examples[0].label, 1);
  EXPECT_EQ(flat.examples[1].label, 0);
  EXPECT_EQ(flat.examples[0].group, flat.examples[1].group);
  const auto dev = folder_.write("dev.json", R"({"sentence": "A", "left_url": "", "label": "True",
"identifier": "dev-850-0-0"})");
  folder_.write("packed/dev/dev-850-0-img0.png", "");
  EXPECT_EQ(read_labelled({dev}, folder_ / "packed", kNlvrFormat).images[1], "dev/dev-850-0-img1.png");
  const auto bad =
      folder_.write("bad.json", R"({"sentence": "A", "left_url": "", "label": "True", "identifier": "x"})");
  expect_in("bad.json: record 1: \"identifier\" is 'x'", why([&] { read_labelled({bad}, "", kNlvrFormat); }));
}

}  // namespace
}  // namespace albef
