#include "albef/synth/entailment.h"

#include <algorithm>
#include <array>

#include "albef/synth/references.h"
#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

constexpr int kDrawn = 40;         // sentences drawn for a scene until partners are found
constexpr size_t kLookedAt = 500;  // scenes that are tried as partners

std::vector<size_t> all_of(const Description& what, const Scene& scene) {
  Phrase phrase;
  phrase.what = what;
  return referents(phrase, scene);
}

// True only if strictly so, false only if not even loosely so.
std::optional<bool> truth(const Predicate& said, const Scene& scene, size_t subject) {
  const Object& object = scene.objects[subject];
  if (said.place) return holds(*said.place, object);
  if (!said.relation) return matches(said.feature, object);
  const std::vector<size_t> others = all_of(said.other, scene);
  if (others.size() != 1 || others[0] == subject) return std::nullopt;
  const bool strictly = holds(*said.relation, scene, subject, others[0]);
  if (strictly != holds(*said.relation, scene, subject, others[0], Reading::kLoose)) return std::nullopt;
  return strictly;
}

// The subject's own feature, so that the sentence is true.
Description feature_of(const Look& look, Feature feature) {
  switch (feature) {
    case Feature::kSize:
      return {.size = look.size};
    case Feature::kTexture:
      return {.texture = look.texture};
    case Feature::kColour:
      return {.colour = look.colour};
    default:
      return {.shape = look.shape};
  }
}

// A true sentence about some object of the scene.
std::optional<Assertion> any_assertion(const Scene& scene, Rng& rng) {
  constexpr std::array kFeatures = {Feature::kSize, Feature::kTexture, Feature::kColour, Feature::kShape};
  const size_t index = rng.below(scene.objects.size());
  const Look& look = scene.objects[index].look;
  const uint64_t kind = rng.below(kFeatures.size() + 3);
  const Feature told = kind < kFeatures.size() ? kFeatures[kind] : Feature::kNone;
  const auto subject = unique_phrase(scene, index, rng, told, /*plain=*/true);
  if (!subject) return std::nullopt;
  Assertion said{.subject = subject->what};
  if (rng.below(2)) name_one_more(said.subject, look, rng, told);
  if (told != Feature::kNone) {
    said.predicate.feature = feature_of(look, told);
  } else if (kind == kFeatures.size()) {
    said.predicate.place = some_place(scene.objects[index], rng);
  } else {
    Phrase related;
    relate(related, scene, index, rng);
    if (!related.relation) return std::nullopt;
    said.predicate = {.relation = related.relation, .other = related.other};
  }
  return judge(said, scene) == Label::kEntailment ? std::optional(said) : std::nullopt;
}

std::string words(const Assertion& said, Rng& rng) {
  const Predicate& told = said.predicate;
  const std::string subject = "the " + noun(said.subject, rng) + " is ";
  if (told.place) return subject + say(*told.place, rng);
  if (told.relation) return subject + say(*told.relation, rng) + " the " + noun(told.other, rng);
  if (told.feature.shape) return subject + with_a(noun(told.feature, rng));
  if (told.feature.size) return subject + word(*told.feature.size);
  return subject + (told.feature.texture ? word(*told.feature.texture) : word(*told.feature.colour));
}

// Whether something fits all that is named of the subject but one feature, and the relation's second side is there.
bool is_near(const Assertion& said, const Scene& scene) {
  const Description& subject = said.subject;
  if (said.predicate.relation && all_of(said.predicate.other, scene).empty()) return false;
  std::array<Description, 4> relaxed = {subject, subject, subject, subject};
  relaxed[0].size.reset();
  relaxed[1].texture.reset();
  relaxed[2].colour.reset();
  relaxed[3].shape.reset();
  return std::any_of(relaxed.begin(), relaxed.end(),
                     [&](const Description& what) { return !(what == subject) && !all_of(what, scene).empty(); });
}

// The scenes that have no sentence of a label yet.
class Vacancies {
 public:
  Vacancies(const std::vector<Scene>& scenes, Label label) : scenes_(scenes), label_(label) {
    for (size_t i = 0; i < scenes.size(); ++i) free_.push_back(i);
  }

  // The place in this list of a scene that the label fits; of those that are looked at, one that is near if so
  // wanted and if there is one. At most kLookedAt from a random one on are looked at.
  std::optional<size_t> find(const Assertion& said, bool near, Rng& rng) const {
    std::optional<size_t> found;
    const size_t start = free_.empty() ? 0 : rng.below(free_.size());
    for (size_t i = 0; i < std::min(kLookedAt, free_.size()); ++i) {
      const size_t at = (start + i) % free_.size();
      const Scene& scene = scenes_[free_[at]];
      if (judge(said, scene) != label_) continue;
      found = at;
      if (!near || is_near(said, scene)) break;
    }
    return found;
  }

  size_t take(size_t at) {
    const size_t scene = free_[at];
    free_[at] = free_.back();
    free_.pop_back();
    return scene;
  }

 private:
  const std::vector<Scene>& scenes_;
  Label label_;
  std::vector<size_t> free_;
};

}  // namespace

const char* word(Label label) {
  constexpr std::array kWords = {"entailment", "neutral", "contradiction"};
  return kWords[static_cast<size_t>(label)];
}

std::optional<Label> judge(const Assertion& said, const Scene& scene) {
  const std::vector<size_t> subjects = all_of(said.subject, scene);
  if (subjects.empty()) return Label::kNeutral;
  if (subjects.size() > 1) return std::nullopt;
  const std::optional<bool> is = truth(said.predicate, scene, subjects[0]);
  if (!is) return std::nullopt;
  return *is ? Label::kEntailment : Label::kContradiction;
}

std::vector<Entailment> make_entailments(const std::vector<Scene>& scenes) {
  Vacancies neutral(scenes, Label::kNeutral), contradiction(scenes, Label::kContradiction);
  std::vector<Entailment> made;
  for (size_t i = 0; i < scenes.size(); ++i) {
    Rng rng = scenes[i].stream(Stream::kEntailment);
    for (int drawn = 0; drawn < kDrawn; ++drawn) {
      const auto said = any_assertion(scenes[i], rng);
      if (!said) continue;
      const auto denied = contradiction.find(*said, false, rng);
      const auto absent = denied ? neutral.find(*said, /*near=*/rng.below(2) == 0, rng) : std::nullopt;
      if (!absent) continue;
      const std::string sentence = words(*said, rng);
      made.push_back({i, sentence, Label::kEntailment});
      made.push_back({neutral.take(*absent), sentence, Label::kNeutral});
      made.push_back({contradiction.take(*denied), sentence, Label::kContradiction});
      break;
    }
  }
  return made;
}

}  // namespace albef::synth
