// Phrases, questions, entailment triples and sentences about pairs: each read back and judged anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "albef/synth/questions.h"
#include "albef/synth/references.h"
#include "reader.h"
#include "scenes.h"

namespace albef::synth {
namespace {

TEST(References, PickExactlyTheirObject) {
  size_t made = 0, objects = 0;
  for (uint64_t i = 1; i <= 1000; ++i) {
    const Scene scene = make_scene(7, Split::kVal, i);
    objects += scene.objects.size();
    for (const Reference& reference : make_references(scene, 2)) {
      Reader reader(scene, reference.text);
      EXPECT_EQ(reader.phrase(), std::vector<size_t>{reference.object}) << reference.text;
      EXPECT_TRUE(reader.end()) << reference.text;
      EXPECT_EQ(referents(reference.phrase, scene, Reading::kLoose).size(), 1u) << reference.text;
      ++made;
    }
  }
  EXPECT_GT(made, objects * 3 / 2) << "nearly every object has its two phrases";
}

TEST(References, NeverNameTheFeatureThatIsHidden) {
  Rng rng(Purpose::kScene, {1});
  for (uint64_t i = 1; i <= 300; ++i) {
    const Scene scene = make_scene(7, Split::kVal, i);
    for (Feature hidden : {Feature::kSize, Feature::kTexture, Feature::kColour, Feature::kShape}) {
      const auto phrase = unique_phrase(scene, 0, rng, hidden);
      if (!phrase) continue;
      EXPECT_FALSE(hidden == Feature::kSize && phrase->what.size);
      EXPECT_FALSE(hidden == Feature::kTexture && phrase->what.texture);
      EXPECT_FALSE(hidden == Feature::kColour && phrase->what.colour);
      EXPECT_FALSE(hidden == Feature::kShape && phrase->what.shape);
    }
  }
}

const Object& only_one(const Scene& scene, Reader& reader, const std::string& text) {
  const std::vector<size_t> found = reader.phrase();
  if (found.size() != 1) throw Misread(text + ": means " + std::to_string(found.size()) + " objects");
  return scene.objects[found[0]];
}

std::string place_word(const Object& object) {
  return std::string(object.y < 0.5 ? "top " : "bottom ") + (object.x < 0.5 ? "left" : "right");
}

std::string answer(const Scene& scene, const std::string& question) {
  Reader reader(scene, question);
  if (reader.accept("what color is the background")) return word(scene.tone);
  if (reader.accept("what pattern does the background have")) return word(scene.pattern);
  if (reader.accept("how many")) return std::to_string(reader.count());
  if (reader.accept("is there") || reader.accept("are there")) return reader.claim() ? "yes" : "no";
  if (reader.accept("what color is")) return word(only_one(scene, reader, question).look.colour);
  if (reader.accept("what pattern does")) return word(only_one(scene, reader, question).look.texture);
  if (reader.accept("where is")) return place_word(only_one(scene, reader, question));
  if (reader.accept("is")) return word(only_one(scene, reader, question).look.size);
  reader.expect("what is");
  const std::string relation = reader.relation();
  if (relation.empty()) return word(only_one(scene, reader, question).look.shape);
  const std::vector<size_t> other = reader.phrase(), found = reader.related(relation, other);
  if (other.size() != 1 || found.size() != 1) throw Misread(question + ": has more than one answer");
  return word(scene.objects[found[0]].look.shape);
}

TEST(Questions, HaveTheAnswersThatAnotherReaderFinds) {
  const std::vector<std::string> list = all_answers();
  AnswerCounts given;
  std::set<std::string> answers;
  for (uint64_t i = 1; i <= 1000; ++i) {
    const Scene scene = make_scene(7, Split::kTest, i);
    const std::vector<Question> questions = make_questions(scene, 4, {}, given);
    ASSERT_EQ(questions.size(), 4u);
    for (const Question& question : questions) {
      EXPECT_EQ(answer(scene, question.text), question.answer) << question.text;
      EXPECT_NE(std::find(list.begin(), list.end(), question.answer), list.end()) << question.answer;
      EXPECT_TRUE(question.text.starts_with(question.type)) << question.text;
      answers.insert(question.answer);
    }
  }
  EXPECT_GT(answers.size(), list.size() * 9 / 10) << "every kind of answer occurs";
}

TEST(Questions, HaveVqaV2sAnswerTypes) {
  EXPECT_STREQ((Question{"is there a star?", "no", "is there"}).answer_type(), "yes/no");
  EXPECT_STREQ((Question{"how many stars are there?", "2", "how many"}).answer_type(), "number");
  EXPECT_STREQ((Question{"is the star small or large?", "small", "is the"}).answer_type(), "other");
}

TEST(Questions, OfOneTypeHaveEachAnswerAboutEquallyOften) {
  const std::map<std::string, double> possible = {{"is there", 2},
                                                  {"are there", 2},
                                                  {"how many", 5},
                                                  {"what color is the", 8},
                                                  {"is the", 2},
                                                  {"what pattern does the", 4},
                                                  {"where is the", 4},
                                                  {"what is the", 10},
                                                  {"what is", 10},
                                                  {"what color is the background", kValues<Tone>},
                                                  {"what pattern does the background have", kValues<Pattern>}};
  AnswerCounts given;
  for (uint64_t i = 1; i <= 1000; ++i) make_questions(make_scene(7, Split::kTest, i), 4, {}, given);
  std::map<std::string, double> all, most;
  for (const auto& [asked, count] : given) {
    all[asked.first] += static_cast<double>(count);
    most[asked.first] = std::max(most[asked.first], static_cast<double>(count));
  }
  EXPECT_EQ(all.size(), possible.size());
  for (const auto& [type, answers] : possible) EXPECT_LT(most[type] / all[type], 1.25 / answers) << type;
}

TEST(Questions, AskNothingOfPatternsWhereAllBackgroundsArePlain) {
  const SceneOptions plain{.patterns = 1};
  AnswerCounts given;
  for (uint64_t i = 1; i <= 100; ++i) make_questions(make_scene(7, Split::kTest, i, plain), 4, plain, given);
  for (const auto& [asked, count] : given) EXPECT_NE(asked.first, "what pattern does the background have") << count;
}

TEST(Questions, AnswerListHasNoDoubles) {
  std::vector<std::string> list = all_answers();
  std::sort(list.begin(), list.end());
  EXPECT_EQ(std::adjacent_find(list.begin(), list.end()), list.end());
}

TEST(Entailments, CarryTheRightLabels) {
  const std::vector<Scene> scenes = make_scenes(Split::kTest, 1000);
  for (const Entailment& made : make_entailments(scenes)) {
    for (bool loose : {false, true}) {
      if (loose && made.label == Label::kEntailment) continue;
      EXPECT_EQ(Reader(scenes[made.scene], made.sentence, loose).entailment(), word(made.label)) << made.sentence;
    }
  }
}

// Where a sentence is about both pictures, the same words are read of each.
bool truth(const Scene& left, const Scene& right, const std::string& sentence, bool loose) {
  Reader a(left, sentence, loose), b(right, sentence, loose);
  const auto both = [&](const std::string& words) { return a.accept(words) && b.accept(words); };
  if (both("both pictures show")) return !a.phrase().empty() && !b.phrase().empty();
  if (both("both pictures have")) return a.background() && b.background();
  if (both("exactly one of the pictures shows")) return a.phrase().empty() != b.phrase().empty();
  if (both("the left picture has more")) return a.count() > b.count();
  if (both("the right picture has more")) return a.count() < b.count();
  if (a.accept("in the left picture there is") || a.accept("in the left picture there are")) return a.claim();
  if (b.accept("in the right picture there is") || b.accept("in the right picture there are")) return b.claim();
  if (!both("there is exactly") && !both("there are exactly")) throw Misread(sentence);
  const int wanted = a.number();
  b.number();
  return a.count() + b.count() == wanted;
}

TEST(PairSentences, AreTrueOrFalseAsTheySay) {
  const std::vector<Scene> scenes = make_scenes(Split::kTest, 1000);
  for (const PairSet& set : pair_sets(scenes.size() / 2)) {
    for (const PairSentence& made : sentences_of(scenes, set)) {
      const size_t left = 2 * (set.begin + made.pair);
      EXPECT_EQ(truth(scenes[left], scenes[left + 1], made.text, /*loose=*/!made.truth), made.truth) << made.text;
    }
  }
}

// A small star beside a large ring, and in it: what is in a ring may be called left of it, so that is not false.
TEST(PairSentences, AreNotFalseWhereAReaderCouldSeeThemAsTrue) {
  const Object ring = {.look = {Size::kLarge, Texture::kPlain, Colour::kRed, Shape::kRing},
                       .column = 1,
                       .x = 0.74,
                       .y = 0.26,
                       .radius = 0.215};
  Object star = {.look = {Size::kSmall, Texture::kPlain, Colour::kBlue, Shape::kStar}, .x = 0.26, .y = 0.26};
  star.radius = 0.115;
  const Scene beside{.objects = {ring, star}};
  star.host = 0;
  star.column = 1;
  star.x = 0.74;
  const Scene inside{.objects = {ring, star}};
  size_t sentences = 0;
  for (uint64_t key = 0; key < 100; ++key) {
    std::vector<Scene> set = {beside, beside, inside, inside};
    set[0].key = key;
    for (const PairSentence& made : make_pair_sentences(set)) {
      const size_t left = 2 * made.pair;
      EXPECT_EQ(truth(set[left], set[left + 1], made.text, /*loose=*/!made.truth), made.truth) << made.text;
      ++sentences;
    }
  }
  EXPECT_GT(sentences, 100u);
}

TEST(PairSets, LeaveNoPairAlone) {
  const auto sizes = [](size_t pairs) {
    std::vector<size_t> all;
    for (const PairSet& set : pair_sets(pairs)) all.push_back(set.end - set.begin);
    return all;
  };
  EXPECT_EQ(sizes(0), std::vector<size_t>{});
  EXPECT_EQ(sizes(1), (std::vector<size_t>{1}));
  EXPECT_EQ(sizes(4), (std::vector<size_t>{4}));
  EXPECT_EQ(sizes(6), (std::vector<size_t>{4, 2}));
  EXPECT_EQ(sizes(9), (std::vector<size_t>{4, 5}));
}

}  // namespace
}  // namespace albef::synth
