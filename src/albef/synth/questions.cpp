#include "albef/synth/questions.h"

#include <algorithm>
#include <array>
#include <optional>

#include "albef/synth/references.h"
#include "albef/synth/statements.h"
#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

constexpr int kCandidates = 8;  // questions of which the one with the rarest answer is asked
constexpr int kTries = 200;     // after which a scene is left with fewer questions

// How questions begin; of two that fit the first counts.
constexpr std::array kQuestionTypes = {"what color is the background",
                                       "what pattern does the background have",
                                       "what color is the",
                                       "what pattern does the",
                                       "where is the",
                                       "what is the",
                                       "what is",
                                       "how many",
                                       "is there",
                                       "are there",
                                       "is the"};

using Kind = std::optional<Question> (*)(const Scene&, Rng&);

const char* answer_word(Place place) {
  constexpr std::array kWords = {"left",     "right",     "top",         "bottom",
                                 "top left", "top right", "bottom left", "bottom right"};
  return kWords[static_cast<size_t>(place)];
}

template <Feature Asked>
std::optional<Question> about(const Scene& scene, Rng& rng) {
  const size_t index = rng.below(scene.objects.size());
  const Look& look = scene.objects[index].look;
  const auto phrase = unique_phrase(scene, index, rng, Asked);
  if (!phrase) return std::nullopt;
  const std::string subject = say(*phrase, /*definite=*/true, rng);
  switch (Asked) {
    case Feature::kSize:
      return Question{"is " + subject + " small or large?", word(look.size)};
    case Feature::kTexture:
      return Question{"what pattern does " + subject + " have?", word(look.texture)};
    case Feature::kColour:
      return Question{"what color is " + subject + "?", word(look.colour)};
    default:
      return Question{"what is " + subject + "?", word(look.shape)};
  }
}

std::optional<Question> about_place(const Scene& scene, Rng& rng) {
  const size_t index = rng.below(scene.objects.size());
  const auto phrase = unique_phrase(scene, index, rng, Feature::kNone, /*plain=*/true);
  if (!phrase) return std::nullopt;
  return Question{"where is " + say(*phrase, /*definite=*/true, rng) + "?",
                  answer_word(place_of(scene.objects[index]))};
}

// "what is left of the blue ring?", where just one thing is.
std::optional<Question> about_neighbour(const Scene& scene, Rng& rng) {
  const size_t other = rng.below(scene.objects.size());
  const auto named = unique_phrase(scene, other, rng, Feature::kNone, /*plain=*/true);
  if (!named) return std::nullopt;
  Phrase asked;
  asked.relation = any<Relation>(rng);
  asked.other = named->what;
  const std::vector<size_t> found = referents(asked, scene);
  if (found.size() != 1 || found != referents(asked, scene, Reading::kLoose)) return std::nullopt;
  const std::string text = "what is " + say(*asked.relation, rng) + " the " + noun(named->what, rng) + "?";
  return Question{text, word(scene.objects[found[0]].look.shape)};
}

std::optional<Question> about_number(const Scene& scene, Rng& rng) {
  Phrase phrase;
  const uint64_t kind = rng.below(4);
  const Look& seen = scene.objects[rng.below(scene.objects.size())].look;
  const bool there = rng.below(4) > 0;  // else anything, which mostly counts nothing
  if (kind == 0) phrase.what.colour = there ? seen.colour : any<Colour>(rng);
  if (kind == 1) phrase.what.shape = there ? seen.shape : any<Shape>(rng);
  if (kind == 2) phrase.what.texture = there ? seen.texture : any<Texture>(rng);
  const std::string text = "how many " + plural_noun(phrase.what, rng) + " are there?";
  return Question{text, std::to_string(referents(phrase, scene).size())};
}

std::optional<Question> about_tone(const Scene& scene, Rng&) {
  return Question{"what color is the background?", word(scene.tone)};
}

std::optional<Question> about_pattern(const Scene& scene, Rng&) {
  return Question{"what pattern does the background have?", word(scene.pattern)};
}

std::optional<Question> yes_or_no(const Scene& scene, Rng& rng) {
  const bool truth = rng.below(2);
  const Claim claim = make_claim(scene, truth, rng);
  return Question{as_question(claim, rng), truth ? "yes" : "no"};
}

template <class E>
void add_words(std::vector<std::string>& list) {
  for (uint64_t i = 0; i < kValues<E>; ++i) list.push_back(word(static_cast<E>(i)));
}

std::string type_of(const std::string& question) {
  const auto begins = [&](const char* type) { return question.starts_with(type); };
  return *std::find_if(kQuestionTypes.begin(), kQuestionTypes.end(), begins);
}

// Of some questions of a kind, all of the first one's type, the one whose answer was given least so far.
std::optional<Question> fairest(Kind kind, const Scene& scene, const AnswerCounts& given, Rng& rng) {
  std::optional<Question> best;
  int64_t least = 0;
  for (int i = 0; i < kCandidates; ++i) {
    auto next = kind(scene, rng);
    if (!next) continue;
    next->type = type_of(next->text);
    if (best && best->type != next->type) continue;
    const auto counted = given.find({next->type, next->answer});
    const int64_t count = counted == given.end() ? 0 : counted->second;
    if (best && count >= least) continue;
    least = count;
    best = std::move(next);
  }
  return best;
}

}  // namespace

const char* Question::answer_type() const {
  if (answer == "yes" || answer == "no") return "yes/no";
  return type == "how many" ? "number" : "other";
}

std::vector<Question> make_questions(const Scene& scene, int count, const SceneOptions& made_with,
                                     AnswerCounts& given) {
  constexpr std::array<Kind, 16> kKinds = {about<Feature::kSize>,
                                           about<Feature::kTexture>,
                                           about<Feature::kColour>,
                                           about<Feature::kShape>,
                                           about_place,
                                           about_place,
                                           about_neighbour,
                                           about_neighbour,
                                           about_number,
                                           about_number,
                                           yes_or_no,
                                           yes_or_no,
                                           yes_or_no,
                                           yes_or_no,
                                           about_tone,
                                           about_pattern};
  Rng rng = scene.stream(Stream::kQuestions);
  std::vector<Question> made;
  for (int tries = 0; tries < kTries && made.size() < static_cast<size_t>(count); ++tries) {
    const Kind kind = kKinds[rng.below(kKinds.size())];
    if (kind == about_pattern && made_with.patterns < 2) continue;
    auto question = fairest(kind, scene, given, rng);
    const auto same = [&](const Question& q) { return q.text == question->text; };
    if (!question || std::any_of(made.begin(), made.end(), same)) continue;
    ++given[{question->type, question->answer}];
    made.push_back(std::move(*question));
  }
  return made;
}

std::vector<std::string> all_answers() {
  std::vector<std::string> list = {"yes", "no", "0", "1", "2", "3", "4"};
  for (uint64_t i = 0; i < kValues<Place>; ++i) list.push_back(answer_word(static_cast<Place>(i)));
  add_words<Colour>(list);
  add_words<Shape>(list);
  add_words<Texture>(list);
  add_words<Size>(list);
  add_words<Tone>(list);
  add_words<Pattern>(list);
  std::vector<std::string> unique;
  for (const std::string& answer : list) {
    if (std::find(unique.begin(), unique.end(), answer) == unique.end()) unique.push_back(answer);
  }
  return unique;
}

}  // namespace albef::synth
