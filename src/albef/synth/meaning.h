// What a sentence says about a scene, as data: so that it can be checked before it is put into words.
#pragma once
#include <optional>
#include <vector>

#include "albef/synth/scene.h"

namespace albef::synth {

enum class Place { kLeft, kRight, kTop, kBottom, kTopLeft, kTopRight, kBottomLeft, kBottomRight };
enum class Relation { kLeftOf, kRightOf, kAbove, kBelow, kInside, kOnTopOf };

template <>
inline constexpr uint64_t kValues<Place> = 8;
template <>
inline constexpr uint64_t kValues<Relation> = 6;

/// The features that are named; the others may be anything. "A small red shape" names size and colour.
struct Description {
  std::optional<Size> size = {};
  std::optional<Texture> texture = {};
  std::optional<Colour> colour = {};
  std::optional<Shape> shape = {};
  bool operator==(const Description&) const = default;
};

/// "A red star", "a red star at the top", "a red star left of a blue ring".
struct Phrase {
  Description what;
  std::optional<Place> place;
  std::optional<Relation> relation;
  Description other;  ///< the relation's second side
};

/// That there is at least one such object, or, for a count of two or more, exactly so many.
struct Claim {
  Phrase phrase;
  int count = 1;
};

/// All of it is said at once: each claim, and what is set of the rest.
struct Meaning {
  std::vector<Claim> claims;
  std::optional<int> total;  ///< of all objects
  std::optional<Pattern> pattern;
  std::optional<Tone> tone;
};

/// kLoose also lets pass what a reader could see either way: an object that lies on another may be called inside it, on
/// top of it, and on any side of it. True statements are made strictly true, false ones not even loosely so.
enum class Reading { kStrict, kLoose };

bool matches(const Description& what, const Object& object);
bool holds(Place place, const Object& object);
bool holds(Relation relation, const Scene& scene, size_t first, size_t second, Reading reading = Reading::kStrict);
bool holds(const Meaning& meaning, const Scene& scene, Reading reading = Reading::kStrict);

/// Indices of the objects that a phrase can mean.
std::vector<size_t> referents(const Phrase& phrase, const Scene& scene, Reading reading = Reading::kStrict);

Place place_of(const Object& object);              ///< the corner of the picture in which the object lies
Place some_place(const Object& object, Rng& rng);  ///< that corner, or one of its two sides

/// `meaning` with one thing in it changed (or, where that cannot be, with a claim added) so that it is false of
/// `scene`.
Meaning falsified(const Meaning& meaning, const Scene& scene, Rng& rng);

/// How much the meaning narrows down which scene is meant, in bits, roughly: log2 of the values a named feature could
/// have.
double bits(const Meaning& meaning);

}  // namespace albef::synth
