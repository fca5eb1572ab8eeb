#include "albef/synth/questions.h"

#include <algorithm>
#include <array>
#include <optional>

#include "albef/synth/references.h"
#include "albef/synth/statements.h"
#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

const char* answer_word(Place place) {
  constexpr std::array kWords = {"left",     "right",     "top",         "bottom",
                                 "top left", "top right", "bottom left", "bottom right"};
  return kWords[static_cast<size_t>(place)];
}

std::optional<Question> about_feature(const Scene& scene, Rng& rng) {
  const size_t index = rng.below(scene.objects.size());
  const Look& look = scene.objects[index].look;
  const auto feature = static_cast<Feature>(rng.below(4));
  const auto phrase = unique_phrase(scene, index, rng, feature);
  if (!phrase) return std::nullopt;
  const std::string subject = say(*phrase, /*definite=*/true, rng);
  switch (feature) {
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

std::optional<Question> about_background(const Scene& scene, Rng& rng) {
  if (rng.below(2)) return Question{"what color is the background?", word(scene.tone)};
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

}  // namespace

std::vector<Question> make_questions(const Scene& scene, int count) {
  constexpr std::array kKinds = {about_feature, about_feature, about_place, about_neighbour,
                                 about_number,  yes_or_no,     yes_or_no,   about_background};
  Rng rng = scene.stream(Stream::kQuestions);
  std::vector<Question> made;
  while (made.size() < static_cast<size_t>(count)) {
    const auto question = kKinds[rng.below(kKinds.size())](scene, rng);
    if (!question) continue;
    const auto same = [&](const Question& q) { return q.text == question->text; };
    if (std::none_of(made.begin(), made.end(), same)) made.push_back(*question);
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
