// Visual entailment where neither the words nor the picture alone tell the label.
//
// A sentence presupposes a thing and says something of it: "the red star is striped", "the large ring is at the top
// left", "the blue circle is left of the star", "the striped shape is a heart". Of a picture it is
//   entailment     if there is exactly one such thing, and it is so (of a relation: exactly one such other thing, too);
//   contradiction  if there is exactly one such thing (and other thing), and it is not so, even read loosely;
//   neutral        if there is no such thing: the picture does not tell.
// Of any other picture (two red stars; no star for the circle to be left of) the sentence is not asked.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "albef/synth/meaning.h"

namespace albef::synth {

enum class Label { kEntailment, kNeutral, kContradiction };
const char* word(Label label);  ///< "entailment", "neutral", "contradiction", as SNLI-VE has them

/// What a sentence says of the thing; one of the three is set.
struct Predicate {
  Description feature = {};  ///< one feature; a shape is a noun: "is a heart"
  std::optional<Place> place = {};
  std::optional<Relation> relation = {};
  Description other = {};  ///< the relation's second side
};

struct Assertion {
  Description subject;
  Predicate predicate = {};
};

/// Nothing if the sentence is not to be asked of this scene.
std::optional<Label> judge(const Assertion& said, const Scene& scene);

struct Entailment {
  size_t scene;  ///< index
  std::string sentence;
  Label label;
};

/// Three sentences a scene, one of each label. Each sentence stands with three scenes, once with each label, one record
/// after the other: whatever part of a list is taken, its words tell nothing. Where no partners are found for a
/// sentence, as happens in small splits, it is left out.
std::vector<Entailment> make_entailments(const std::vector<Scene>& scenes);

}  // namespace albef::synth
