#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/tasks/vqa/accuracy.h"
#include "albef/tasks/vqa/prior.h"

namespace albef {
namespace {

using Answers = std::vector<std::string>;

Answers answers(size_t count, const std::string& text, size_t others, const std::string& other) {
  Answers all(count, text);
  all.insert(all.end(), others, other);
  return all;
}

// What the official Python gives, run on each.
TEST(VqaAnswers, AreNormalisedAsTheOfficialEvaluationDoes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"  The Red\tCar\n", "red car"},
      {"Two dogs", "2 dogs"},
      {"none", "0"},
      {"TEN", "10"},
      {"eleven", "eleven"},
      {"a an the", ""},
      {"t-shirt", "t shirt"},         // no space beside a mark: it becomes one
      {"left, right", "left right"},  // a space beside it: it goes
      {"left - right", "left right"},
      {"red/blue", "red blue"},
      {"red/ blue/green", "red bluegreen"},  // for all of its kind at once
      {"1,000", "1000"},
      {"1,000 t-shirts", "1000 tshirts"},  // a comma between digits joins whatever a mark parts
      {"a,1", "1"},
      {"3.5", "3.5"},
      {"3.", "3"},
      {".5", ".5"},
      {"..5", ".5"},
      {"u.s.", "us"},
      {"yes" + std::string(33, '.'), "yes."},  // no more than 32
      {"dont know", "don't know"},
      {"somebodyd've", "somebody'd've"},
      {"somebody'dve", "somebody'd've"},
      {"somebody'd", "somebodyd"},  // sic
      {"ow's'at", "'ow's'at"},
      {"twas", "'twas"},
      {"Ive seen", "ive seen"},  // the official table's capital I meets no lower-cased word
      {"lets go", "lets go"},
      {"what's", "what's"},
      {"caf\xc3\x89", "caf\xc3\xa9"},
      {"\xc2\xa0no\xe3\x80\x80way", "no way"},
      {"\xd9\xa3,\xd9\xa4", "\xd9\xa3\xd9\xa4"},  // Arabic digits are digits
      {"it's;red!", "it's red"},
  };
  for (const auto& [answer, expected] : cases) EXPECT_EQ(normalise_answer(answer), expected) << "'" << answer << "'";
  EXPECT_EQ(normalise_answer("one \xff").substr(0, 2), "1 ");
}

TEST(VqaAnswers, OfPeopleLoseMarksAlone) {
  EXPECT_EQ(without_punctuation(" Two T-shirts. "), " Two T shirts ");
  EXPECT_EQ(without_punctuation("left, right\n"), "left right\n");
}

TEST(VqaAccuracy, IsTheMeanOverEachTenthLeftOut) {
  EXPECT_DOUBLE_EQ(question_accuracy(answers(1, "cat", 9, "dog"), "cat"), 0.3);
  EXPECT_DOUBLE_EQ(question_accuracy(answers(2, "cat", 8, "dog"), "cat"), 0.6);
  EXPECT_DOUBLE_EQ(question_accuracy(answers(3, "cat", 7, "dog"), "cat"), 0.9);
  EXPECT_DOUBLE_EQ(question_accuracy(answers(4, "cat", 6, "dog"), "cat"), 1);
  EXPECT_DOUBLE_EQ(question_accuracy(answers(4, "cat", 6, "dog"), "cow"), 0);
}

TEST(VqaAccuracy, TreatsReferencesOnlyWhereTheyDiffer) {
  EXPECT_EQ(question_accuracy(answers(10, "t-shirt", 0, ""), "t-shirt"), 0);  // "t shirt" is not "t-shirt"
  EXPECT_EQ(question_accuracy(answers(9, "t-shirt", 1, "coat"), "t-shirt"), 1);
  EXPECT_EQ(question_accuracy(answers(9, "Two", 1, "2"), "two"), 0.3);  // their words stay what they are
}

TEST(VqaAccuracy, OfFewerAnnotationsTakesAllOthersForEnough) {
  EXPECT_EQ(question_accuracy({"Two"}, "2"), 1);
  EXPECT_EQ(question_accuracy({"the t-shirt"}, "T shirt"), 1);
  EXPECT_EQ(question_accuracy({"cat"}, "dog"), 0);
  EXPECT_EQ(question_accuracy({"cat", "cat"}, "cat"), 1);
  EXPECT_EQ(question_accuracy({"cat", "dog"}, "cat"), 0.5);
  EXPECT_DOUBLE_EQ(question_accuracy({"cat", "dog", "dog"}, "cat"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(question_accuracy({"cat", "cat", "dog"}, "cat"), 2.0 / 3);
  EXPECT_THROW(question_accuracy({}, "cat"), Error);
}

TEST(VqaAccuracy, IsAveragedOverAllAndByType) {
  VqaAccuracyMeans means;
  EXPECT_EQ(means.percent().overall, 0);
  means.add("what is", "other", 1);
  means.add("what is", "other", 0);
  means.add("how many", "number", 0.3);
  means.add("", "", 0.6);
  const auto percent = means.percent();
  EXPECT_EQ(percent.questions, 4);
  EXPECT_EQ(percent.overall, 47.5);
  EXPECT_EQ(percent.per_question_type, (std::map<std::string, double>{{"how many", 30}, {"what is", 50}}));
  EXPECT_EQ(percent.per_answer_type, (std::map<std::string, double>{{"number", 30}, {"other", 50}}));
}

TEST(VqaAccuracy, IsRoundedAsPythonRounds) {
  EXPECT_EQ(rounded_percent(1.0 / 3), 33.33);
  EXPECT_EQ(rounded_percent(0.00125), 0.12);  // a tie: to the even digit
  EXPECT_EQ(rounded_percent(0.6), 60);
  EXPECT_EQ(rounded_percent(1), 100);
}

TEST(PriorAnswers, AreTheMostFrequentOfAType) {
  const TemporaryFolder folder;
  const auto file = folder.write("vqa.json", R"([
      {"question_id": 1, "question": "q", "image": "i", "question_type": "is", "answer": ["no", "yes", "yes"]},
      {"question_id": 2, "question": "q", "image": "i", "question_type": "is", "answer": ["no"]},
      {"question_id": 3, "question": "q", "image": "i", "question_type": "how many", "answer": ["3", "2", "2"]},
      {"question_id": 4, "question": "q", "image": "i", "question_type": "why"},
      {"question_id": 5, "question": "q", "image": "i", "answer": ["2"]}])");
  const PriorAnswers prior(read_questions({file}, {}, false));
  EXPECT_EQ(prior.answer("is"), "no");  // as often as yes, but first
  EXPECT_EQ(prior.answer("how many"), "2");
  EXPECT_EQ(prior.answer(""), "2");
  EXPECT_EQ(prior.answer("why"), "2");  // none of its own: the most frequent of all
  const auto none = folder.write("test.json", R"([{"question_id": 1, "question": "q", "image": "i"}])");
  EXPECT_NE(
      complaint<Error>([&] { PriorAnswers{read_questions({none}, {}, false)}; }).find("no question has an answer"),
      std::string::npos);
}

}  // namespace
}  // namespace albef
