#include "albef/synth/references.h"

#include <algorithm>

#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

bool only(const std::vector<size_t>& found, size_t index) {
  return found.size() == 1 && found[0] == index;
}

bool means_only(const Phrase& phrase, const Scene& scene, size_t index) {
  return only(referents(phrase, scene), index) && only(referents(phrase, scene, Reading::kLoose), index);
}

// By place or by relation, never both: "at the top left of the ring" would have two meanings.
void locate(Phrase& phrase, const Scene& scene, size_t index, Rng& rng) {
  phrase.place.reset();
  phrase.relation.reset();
  phrase.other = {};
  if (rng.below(2)) {
    phrase.place = some_place(scene.objects[index], rng);
  } else {
    relate(phrase, scene, index, rng);
  }
}

}  // namespace

void relate(Phrase& phrase, const Scene& scene, size_t index, Rng& rng) {
  if (scene.objects.size() < 2) return;
  const size_t other = (index + 1 + rng.below(scene.objects.size() - 1)) % scene.objects.size();
  const std::vector<Relation> found = relations(scene, index, other);
  const auto named = unique_phrase(scene, other, rng, Feature::kNone, /*plain=*/true);
  if (found.empty() || !named) return;
  phrase.relation = found[rng.below(found.size())];
  phrase.other = named->what;
}

void name_one_more(Description& what, const Look& look, Rng& rng, Feature hidden) {
  auto feature = static_cast<Feature>(rng.below(3));
  if (feature == hidden) feature = static_cast<Feature>((static_cast<uint64_t>(feature) + 1) % 3);
  if (feature == Feature::kSize) what.size = look.size;
  if (feature == Feature::kTexture) what.texture = look.texture;
  if (feature == Feature::kColour) what.colour = look.colour;
}

std::optional<Phrase> unique_phrase(const Scene& scene, size_t index, Rng& rng, Feature hidden, bool plain) {
  const Look& look = scene.objects[index].look;
  for (int attempt = 0; attempt < 8; ++attempt) {
    Phrase phrase;
    if (hidden != Feature::kShape && rng.below(8)) phrase.what.shape = look.shape;
    if (!phrase.what.shape) name_one_more(phrase.what, look, rng, hidden);
    if (!plain && rng.below(3) == 0) locate(phrase, scene, index, rng);
    for (int more = 0; more < 4 && !means_only(phrase, scene, index); ++more)
      name_one_more(phrase.what, look, rng, hidden);
    if (!plain && !means_only(phrase, scene, index)) locate(phrase, scene, index, rng);
    if (means_only(phrase, scene, index)) return phrase;
  }
  return std::nullopt;
}

std::vector<Relation> relations(const Scene& scene, size_t first, size_t second) {
  std::vector<Relation> found;
  for (uint64_t r = 0; r < kValues<Relation>; ++r) {
    if (holds(static_cast<Relation>(r), scene, first, second)) found.push_back(static_cast<Relation>(r));
  }
  return found;
}

std::vector<Reference> make_references(const Scene& scene, int each) {
  Rng rng = scene.stream(Stream::kReferences);
  std::vector<Reference> references;
  for (size_t i = 0; i < scene.objects.size(); ++i) {
    for (int n = 0; n < each; ++n) {
      const auto phrase = unique_phrase(scene, i, rng);
      if (!phrase) continue;
      const std::string text = say(*phrase, /*definite=*/true, rng);
      const bool said =
          std::any_of(references.begin(), references.end(), [&](const Reference& r) { return r.text == text; });
      if (!said) references.push_back({i, text, *phrase});
    }
  }
  return references;
}

}  // namespace albef::synth
