#include "albef/data/question_list.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "temporary_folder.h"

namespace albef {
namespace {

const QuestionRoots kRoots = {.vqa = "coco", .vg = "genome"};

class QuestionLists : public testing::Test {
 protected:
  QuestionList read(const std::string& json, bool need_answers = true) {
    return read_questions({folder_.write("vqa.json", json)}, kRoots, need_answers);
  }
  std::vector<std::string> answers(const std::string& json) {
    return read_answer_list(folder_.write("answers.json", json));
  }
  TemporaryFolder folder_;
};

TEST_F(QuestionLists, WeighTheAnswersOfEachDataSet) {
  const auto list = read(R"([{"question_id": 458752000, "question": "What is it?", "image": "val/7.jpg",
      "dataset": "vqa", "answer": ["a dog", "dog", "dog", "Dog"], "question_type": "what is", "answer_type": "other"},
      {"question_id": 9, "question": "Who?", "image": "val/7.jpg", "dataset": "vg", "answer": "A man.", "x": 1},
      {"question_id": -9223372036854775808, "question": "", "image": "val/7.jpg", "answer": "yes"}])");
  ASSERT_EQ(list.examples.size(), 3U);
  const auto& vqa = list.examples[0];
  EXPECT_EQ(vqa.question_id, 458752000);
  EXPECT_EQ(vqa.question, "What is it?");
  EXPECT_EQ(vqa.question_type + "|" + vqa.answer_type, "what is|other");
  EXPECT_EQ(vqa.given, (std::vector<std::string>{"a dog", "dog", "dog", "Dog"}));
  ASSERT_EQ(vqa.answers.size(), 3U);
  EXPECT_EQ(vqa.answers[0].text, "a dog");
  EXPECT_EQ(vqa.answers[1].text, "dog");
  EXPECT_EQ(vqa.answers[0].weight, 0.25);
  EXPECT_EQ(vqa.answers[1].weight, 0.5);
  EXPECT_EQ(vqa.answers[2].weight, 0.25);
  EXPECT_EQ(list.examples[1].answers.at(0).weight, 0.5);
  EXPECT_EQ(list.examples[2].answers.at(0).weight, 1);
  EXPECT_EQ(list.examples[2].question_id, std::numeric_limits<int64_t>::min());
}

TEST_F(QuestionLists, TellTheirPicturesApartByDataSet) {
  const auto list = read(R"([{"question_id": 1, "question": "q", "image": "7.jpg", "answer": ["a"]},
                             {"question_id": 1, "question": "q", "image": "7.jpg", "answer": "a", "dataset": "vg"},
                             {"question": "q", "image": "7.jpg", "answer": "a", "dataset": "vg"},
                             {"question_id": 2, "question": "q", "image": "7.jpg", "answer": ["a"]}])");
  EXPECT_EQ(list.images, (std::vector<std::string>{"7.jpg", "7.jpg"}));
  EXPECT_EQ(list.path(list.examples[3].image), "coco/7.jpg");
  EXPECT_EQ(list.path(list.examples[2].image), "genome/7.jpg");
  EXPECT_EQ(list.examples[2].question_id, -1);
  EXPECT_EQ(list.place(1).image, "genome/7.jpg");
  EXPECT_EQ(list.place(1).record, 2U);
}

TEST_F(QuestionLists, MayHaveNoAnswersWhereNoneAreNeeded) {
  const std::string test = R"([{"question_id": 1, "question": "q", "image": "i", "dataset": "vqa"}])";
  const auto list = read(test, false);
  EXPECT_TRUE(list.examples.at(0).given.empty());
  EXPECT_TRUE(list.examples.at(0).answers.empty());
  EXPECT_NE(complaint<Error>([&] { read(test, true); }).find("record 1 has no \"answer\""), std::string::npos);
}

TEST_F(QuestionLists, OfSeveralFilesAreOne) {
  const auto one = folder_.write("1.json", R"([{"question_id": 1, "question": "q", "image": "i", "answer": ["a"]}])"),
             two = folder_.write("2.json", R"([{"question_id": 2, "question": "r", "image": "i", "answer": ["b"]}])");
  const auto list = read_questions({one, two}, kRoots, true);
  EXPECT_EQ(list.images.size(), 1U);
  EXPECT_EQ(list.place(1).file, two);
  EXPECT_EQ(list.place(1).record, 1U);
  const auto message = complaint<Error>([&] { read_questions({one, two, one}, kRoots, true); });
  EXPECT_NE(message.find("question_id 1 was there before (" + one + ": record 1)"), std::string::npos) << message;
}

TEST_F(QuestionLists, AreRefusedByRecord) {
  const auto with = [](const std::string& id, const std::string& rest) {
    return "[{\"question_id\": " + id + ", \"question\": \"q\", \"image\": \"i\", " + rest + "}]";
  };
  const std::string fine = R"("answer": ["a"])";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "the list holds no records"},
      {"{}", "record 1 has no"},
      {"[7]", "record 1 is a number"},
      {with("1.5", fine), "\"question_id\" is 1.5, expected a 64-bit integer"},
      {with("1e400", fine), "expected a 64-bit integer"},
      {with("\"1\"", fine), "\"question_id\" is a string"},
      {with("9223372036854775808", fine), "9223372036854775808, expected a 64-bit integer"},
      {with("99999999999999999999", fine), "expected a 64-bit integer"},
      {with("true", fine), "\"question_id\" is a boolean"},
      {with("1", R"("answer": [])"), "record 1: \"answer\" is an empty list"},
      {with("1", R"("answer": ["a", " \u3000\t"])"), "record 1: \"answer\" has a blank answer"},
      {with("1", R"("answer": "")"), "a blank answer"},
      {with("1", R"("answer": ["a", 1])"), "\"answer\" is a number"},
      {with("1", R"("answer": {"a": 1})"), "\"answer\" is an object, expected a list of strings"},
      {with("1", R"("answer": null)"), "\"answer\" is null"},
      {with("1", R"("answer": ["a"], "dataset": "vg")"), "expected a string, as Visual Genome's are"},
      {with("1", R"("answer": ["a"], "dataset": "gqa")"), "\"dataset\" is 'gqa', expected vqa or vg"},
      {with("1", R"("answer": ["a"], "dataset": null)"), "\"dataset\" is null"},
      {with("1", R"("answer": ["a"], "question_type": 1)"), "\"question_type\" is a number"},
      {with("1", R"("answer": ["a"], "answer_type": [])"), "\"answer_type\" is a list"},
      {with("1", "\"answer\": [\"\xff\"]"), "not UTF-8"},
      {with("1", R"("answer": ["\ud800"])"), "not UTF-8"},
      {R"([{"question": "q", "image": "i", "answer": ["a"]}])", "has no \"question_id\""},
      {R"([{"question_id": 1, "image": "i", "answer": ["a"]}])", "has no \"question\""},
      {R"([{"question_id": 1, "question": ["q"], "image": "i", "answer": ["a"]}])", "\"question\" is a list"},
      {R"([{"question_id": 1, "question": "q", "answer": ["a"]}])", "has no \"image\""},
      {R"([{"question_id": 1, "question": "q", "image": "", "answer": ["a"]}])", "\"image\" is empty"},
      {R"([{"question_id": 1, "question": "q", "image": "i\u0000", "answer": ["a"]}])", "zero byte"},
      {with("1", fine).substr(0, 40), "cut off"},
  };
  for (const auto& [json, words] : cases) {
    const auto message = complaint<Error>([&, text = json] { read(text); });
    EXPECT_NE(message.find("vqa.json"), std::string::npos) << json << " -> " << message;
    EXPECT_NE(message.find(words), std::string::npos) << json << " -> " << message;
  }
}

TEST_F(QuestionLists, NameTheRecordOfAMissingPicture) {
  folder_.write("coco/there.jpg", "x");
  const auto file = folder_.write("q.json", R"([
      {"question_id": 1, "question": "q", "image": "there.jpg", "answer": ["a"]},
      {"question_id": 2, "question": "q", "image": "there.jpg", "answer": "a", "dataset": "vg"},
      {"question_id": 3, "question": "q", "image": "gone.jpg", "answer": ["a"]}])");
  const auto list = read_questions({file}, {.vqa = folder_ / "coco", .vg = folder_ / "genome"}, true);
  const auto message = complaint<Error>([&] { check_pictures_exist(list); });
  EXPECT_NE(message.find("record 2: no such picture: " + folder_ / "genome/there.jpg"), std::string::npos) << message;
  EXPECT_NE(message.find("1 more"), std::string::npos) << message;
  EXPECT_NE(message.find("vg_root"), std::string::npos) << message;
  folder_.write("genome/there.jpg", "x");
  folder_.write("coco/gone.jpg", "x");
  check_pictures_exist(list);
}

TEST_F(QuestionLists, HaveAFingerprintOfWhatTheySay) {
  const std::string one = R"([{"question_id": 1, "question": "q", "image": "i", "answer": "a"}])";
  const auto mark = read(one).fingerprint();
  EXPECT_EQ(read(one).fingerprint(), mark);
  EXPECT_EQ(read_questions({folder_.write("elsewhere.json", one)}, {}, true).fingerprint(), mark);
  for (const char* other : {R"([{"question_id": 2, "question": "q", "image": "i", "answer": "a"}])",
                            R"([{"question_id": 1, "question": "r", "image": "i", "answer": "a"}])",
                            R"([{"question_id": 1, "question": "q", "image": "j", "answer": "a"}])",
                            R"([{"question_id": 1, "question": "q", "image": "i", "answer": "b"}])",
                            R"([{"question_id": 1, "question": "q", "image": "i", "answer": ["a", "a"]}])",
                            R"([{"question_id": 1, "question": "q", "image": "i", "answer": "a", "dataset": "vg"}])"}) {
    EXPECT_NE(read(other).fingerprint(), mark) << other;
  }
}

TEST_F(QuestionLists, AnswersToChooseFromAreEachOne) {
  EXPECT_EQ(answers(R"(["yes", "no", "2", "caf\u00e9", "Yes"])"),
            (std::vector<std::string>{"yes", "no", "2", "caf\xc3\xa9", "Yes"}));
  std::string many = "[\"a\"";
  for (size_t i = 0; i < kMaxAnswers; ++i) many += ",0";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "the list is empty"},
      {"{\"yes\": 1}", "holds an object, expected a JSON list of answers"},
      {R"(["yes", 2])", "answer 2 is a number, expected a string"},
      {R"(["yes", " "])", "answer 2 is blank"},
      {R"(["yes", "no", "yes"])", "answer 3, 'yes', was there before, as answer 1"},
      {"[\"\xff\"]", "answers.json"},
      {"[\"yes\"", "answers.json"},
      {many + "]", "1000001 answers, expected at most 1000000"},
  };
  for (const auto& [json, words] : cases) {
    const auto message = complaint<Error>([&, text = json] { answers(text); });
    EXPECT_NE(message.find(words), std::string::npos) << json.substr(0, 50) << " -> " << message;
  }
  EXPECT_NE(complaint<Error>([&] { read_answer_list(folder_ / "none.json"); }).find("none.json"), std::string::npos);
}

}  // namespace
}  // namespace albef
