#include "albef/synth/meaning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace albef::synth {
namespace {

template <class T>
bool fits(const std::optional<T>& named, T value) {
  return !named || *named == value;
}

using Change = std::function<void(Rng&)>;

template <class E>
void add_change(std::vector<Change>& changes, std::optional<E>& named) {
  if (named) changes.push_back([&named](Rng& rng) { named = any_other(*named, rng); });
}

void add_changes(std::vector<Change>& changes, Description& what) {
  add_change(changes, what.size);
  add_change(changes, what.texture);
  add_change(changes, what.colour);
  add_change(changes, what.shape);
}

// Each way in which one thing that `meaning` says can be made another.
std::vector<Change> changes_of(Meaning& meaning) {
  std::vector<Change> changes;
  const auto recount = [](int& count) {
    return [&count](Rng& rng) { count = 2 + (count - 1 + static_cast<int>(rng.below(2))) % 3; };
  };
  for (Claim& claim : meaning.claims) {
    add_changes(changes, claim.phrase.what);
    add_change(changes, claim.phrase.place);
    add_change(changes, claim.phrase.relation);
    if (claim.phrase.relation) add_changes(changes, claim.phrase.other);
    if (claim.count > 1) changes.push_back(recount(claim.count));
  }
  if (meaning.total) changes.push_back(recount(*meaning.total));
  add_change(changes, meaning.pattern);
  add_change(changes, meaning.tone);
  return changes;
}

template <class E>
double bits(const std::optional<E>& named) {
  return named ? std::log2(static_cast<double>(kValues<E>)) : 0.0;
}

double bits(const Description& what) {
  return bits(what.size) + bits(what.texture) + bits(what.colour) + bits(what.shape);
}

double bits(const Claim& claim) {
  double sum = bits(claim.phrase.what) + bits(claim.phrase.other);
  if (claim.phrase.place) sum += *claim.phrase.place < Place::kTopLeft ? 1.0 : 2.0;
  if (claim.phrase.relation) sum += *claim.phrase.relation < Relation::kInside ? 1.5 : 3.5;
  return sum + (claim.count > 1 ? 3.0 : 0.0);
}

}  // namespace

bool matches(const Description& what, const Object& object) {
  return fits(what.size, object.look.size) && fits(what.texture, object.look.texture) &&
         fits(what.colour, object.look.colour) && fits(what.shape, object.look.shape);
}

bool holds(Place place, const Object& object) {
  const Place here = place_of(object);
  switch (place) {
    case Place::kLeft:
      return object.column == 0;
    case Place::kRight:
      return object.column == 1;
    case Place::kTop:
      return object.row == 0;
    case Place::kBottom:
      return object.row == 1;
    default:
      return place == here;
  }
}

bool holds(Relation relation, const Scene& scene, size_t first, size_t second, Reading reading) {
  const Object &a = scene.objects[first], &b = scene.objects[second];
  const bool on = a.host == static_cast<int>(second), under = b.host == static_cast<int>(first);
  if (reading == Reading::kLoose && (on || (under && relation < Relation::kInside))) return true;
  switch (relation) {
    case Relation::kLeftOf:
      return a.column < b.column;
    case Relation::kRightOf:
      return a.column > b.column;
    case Relation::kAbove:
      return a.row < b.row;
    case Relation::kBelow:
      return a.row > b.row;
    case Relation::kInside:
      return on && b.look.shape == Shape::kRing;
    case Relation::kOnTopOf:
      return on && b.look.shape != Shape::kRing;
  }
  return false;
}

std::vector<size_t> referents(const Phrase& phrase, const Scene& scene, Reading reading) {
  std::vector<size_t> found;
  for (size_t i = 0; i < scene.objects.size(); ++i) {
    const Object& object = scene.objects[i];
    if (!matches(phrase.what, object) || (phrase.place && !holds(*phrase.place, object))) continue;
    bool related = !phrase.relation;
    for (size_t j = 0; j < scene.objects.size() && !related; ++j) {
      related = j != i && matches(phrase.other, scene.objects[j]) && holds(*phrase.relation, scene, i, j, reading);
    }
    if (related) found.push_back(i);
  }
  return found;
}

bool holds(const Meaning& meaning, const Scene& scene, Reading reading) {
  if (!fits(meaning.pattern, scene.pattern) || !fits(meaning.tone, scene.tone)) return false;
  if (meaning.total && *meaning.total != static_cast<int>(scene.objects.size())) return false;
  return std::all_of(meaning.claims.begin(), meaning.claims.end(), [&](const Claim& claim) {
    const auto found = static_cast<int>(referents(claim.phrase, scene, reading).size());
    return claim.count == 1 ? found > 0 : found == claim.count;
  });
}

Description full_description(const Look& look) {
  return {look.size, look.texture, look.colour, look.shape};
}

Place place_of(const Object& object) {
  constexpr std::array kGrid = {Place::kTopLeft, Place::kTopRight, Place::kBottomLeft, Place::kBottomRight};
  return kGrid[static_cast<size_t>(object.row * 2 + object.column)];
}

Place some_place(const Object& object, Rng& rng) {
  if (rng.below(2)) return place_of(object);
  if (rng.below(2)) return object.column == 0 ? Place::kLeft : Place::kRight;
  return object.row == 0 ? Place::kTop : Place::kBottom;
}

Meaning falsified(const Meaning& meaning, const Scene& scene, Rng& rng) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    Meaning changed = meaning;
    const std::vector<Change> changes = changes_of(changed);
    if (changes.empty()) break;
    changes[rng.below(changes.size())](rng);
    if (!holds(changed, scene, Reading::kLoose)) return changed;
  }
  Meaning extended = meaning;
  extended.claims.emplace_back();
  Claim& absent = extended.claims.back();
  do {
    absent.phrase.what.colour = any<Colour>(rng);
    absent.phrase.what.shape = any<Shape>(rng);
  } while (!referents(absent.phrase, scene).empty());
  return extended;
}

double bits(const Meaning& meaning) {
  double sum = bits(meaning.pattern) + bits(meaning.tone) + (meaning.total ? 1.5 : 0.0);
  for (const Claim& claim : meaning.claims) sum += bits(claim);
  return sum;
}

}  // namespace albef::synth
