// Phrases that pick out one object of a scene: for grounding, and as the subjects of questions and statements.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "albef/synth/meaning.h"

namespace albef::synth {

enum class Feature { kSize, kTexture, kColour, kShape, kNone };

/// Names the size, texture or colour of `look` in `what`, whichever is drawn; not `hidden`.
void name_one_more(Description& what, const Look& look, Rng& rng, Feature hidden = Feature::kNone);

/// Says in `phrase` how object `index` lies to another one, which is told by its features alone; leaves the phrase as
/// it is where no such one is found.
void relate(Phrase& phrase, const Scene& scene, size_t index, Rng& rng);

/// A phrase that object `index` alone fits, even read loosely. It does not name the feature `hidden` of that object; a
/// phrase that is not `plain` may also say where the object lies. Nothing if none was found, as for one of twins.
std::optional<Phrase> unique_phrase(const Scene& scene, size_t index, Rng& rng, Feature hidden = Feature::kNone,
                                    bool plain = false);

/// The relations in which object `first` stands to object `second`.
std::vector<Relation> relations(const Scene& scene, size_t first, size_t second);

struct Reference {
  size_t object;  ///< index of what is meant
  std::string text;
  Phrase phrase;
};

/// Up to `each` phrases for every object, all different.
std::vector<Reference> make_references(const Scene& scene, int each);

}  // namespace albef::synth
