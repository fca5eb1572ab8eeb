#include "albef/synth/pair_sentences.h"

#include <algorithm>
#include <array>
#include <optional>

#include "albef/synth/references.h"
#include "albef/synth/statements.h"
#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

constexpr int kTrue = 2;                // sentences that are true of a pair, and as many that are false of it
constexpr int kKinds = 8, kDrawn = 60;  // kinds tried for a sentence, sentences drawn of a kind

struct Pair {
  const Scene &left, &right;
};

enum class Kind { kClaim, kBackgrounds, kBoth, kExactlyOne, kNumber, kMoreLeft, kMoreRight };

// What a sentence says of any pair of pictures.
struct Statement {
  Kind kind;
  bool left = false;        // kClaim: which picture it is about
  Claim claim = {};         // kClaim
  Meaning background = {};  // kBackgrounds
  Description what = {};    // the other kinds
  int number = 0;           // kNumber
};

int count(const Description& what, const Scene& scene) {
  const auto fits = [&](const Object& object) { return matches(what, object); };
  return static_cast<int>(std::count_if(scene.objects.begin(), scene.objects.end(), fits));
}

// Nothing where a reader could see it either way.
std::optional<bool> truth(const Statement& said, const Pair& pair) {
  if (said.kind == Kind::kClaim) {
    Meaning meaning;
    meaning.claims = {said.claim};
    const Scene& scene = said.left ? pair.left : pair.right;
    const bool strictly = holds(meaning, scene);
    return strictly == holds(meaning, scene, Reading::kLoose) ? std::optional(strictly) : std::nullopt;
  }
  if (said.kind == Kind::kBackgrounds) return holds(said.background, pair.left) && holds(said.background, pair.right);
  const int a = count(said.what, pair.left), b = count(said.what, pair.right);
  switch (said.kind) {
    case Kind::kBoth:
      return a > 0 && b > 0;
    case Kind::kExactlyOne:
      return (a > 0) != (b > 0);
    case Kind::kNumber:
      return a + b == said.number;
    case Kind::kMoreLeft:
      return a > b;
    default:
      return b > a;
  }
}

// Whether each feature that is named is to be seen, if on different objects.
bool seen(const Description& what, const Scene& scene) {
  const auto one = [&](const Description& feature) { return count(feature, scene) > 0; };
  return one({.size = what.size}) && one({.texture = what.texture}) && one({.colour = what.colour}) &&
         one({.shape = what.shape});
}

// Whether seeing that the things named are there, or their features, is not enough to find the sentence false.
bool is_near(const Statement& said, const Pair& pair) {
  switch (said.kind) {
    case Kind::kClaim: {
      const Scene& scene = said.left ? pair.left : pair.right;
      return seen(said.claim.phrase.what, scene) && seen(said.claim.phrase.other, scene);
    }
    case Kind::kBackgrounds:
      return holds(said.background, pair.left) || holds(said.background, pair.right);
    default:
      return count(said.what, pair.left) + count(said.what, pair.right) > 0;
  }
}

// One or two features of an object in one of the pictures, so that it is there at least once.
Description some_features(const Scene& scene, Rng& rng) {
  const Look& look = scene.objects[rng.below(scene.objects.size())].look;
  Description what;
  const uint64_t kind = rng.below(3);
  if (kind < 2) what.shape = look.shape;
  if (kind > 0) name_one_more(what, look, rng);
  return what;
}

Statement any_statement(Kind kind, const Pair& pair, Rng& rng) {
  Statement said{.kind = kind, .left = rng.below(2) == 0};
  const Scene& scene = said.left ? pair.left : pair.right;
  switch (kind) {
    case Kind::kClaim:
      said.claim = make_claim(scene, true, rng);
      break;
    case Kind::kBackgrounds:
      rng.below(2) ? void(said.background.tone = scene.tone) : void(said.background.pattern = scene.pattern);
      break;
    default:
      said.what = some_features(scene, rng);
      said.number = count(said.what, pair.left) + count(said.what, pair.right);
  }
  return said;
}

std::string words(const Statement& said, Rng& rng) {
  const auto one = [&] { return noun(said.what, rng); };
  const auto many = [&] { return plural_noun(said.what, rng); };
  const std::string is = said.number == 1 ? "is" : "are";
  switch (said.kind) {
    case Kind::kClaim:
      return std::string("in the ") + (said.left ? "left" : "right") + " picture " + as_statement(said.claim, rng);
    case Kind::kBackgrounds:
      return "both pictures have " + with_a(background(said.background, rng));
    case Kind::kBoth:
      return "both pictures show " + with_a(one());
    case Kind::kExactlyOne:
      return "exactly one of the pictures shows " + with_a(one());
    case Kind::kNumber:
      return "there " + is + " exactly " + number_word(said.number) + " " + (said.number == 1 ? one() : many()) +
             " in the two pictures";
    case Kind::kMoreLeft:
      return "the left picture has more " + many() + " than the right one";
    default:
      return "the right picture has more " + many() + " than the left one";
  }
}

// A statement of this kind, true of one pair and false of the other; if possible one that is nearly true of it.
std::optional<Statement> tell_apart(Kind kind, const Pair& of, const Pair& not_of, bool near, Rng& rng) {
  std::optional<Statement> found;
  for (int i = 0; i < kDrawn; ++i) {
    Statement said = any_statement(kind, of, rng);
    if (truth(said, of) != true || truth(said, not_of) != false) continue;
    if (!near || is_near(said, not_of)) return said;
    found = std::move(said);
  }
  return found;
}

Kind any_kind(Rng& rng) {
  constexpr std::array kFeatures = {Kind::kBoth, Kind::kExactlyOne, Kind::kNumber, Kind::kMoreLeft, Kind::kMoreRight};
  const uint64_t lot = rng.below(4);
  return lot == 0 ? Kind::kClaim : lot == 1 ? Kind::kBackgrounds : kFeatures[rng.below(kFeatures.size())];
}

// The words of such a statement that are not among `made` yet; "" if none was found.
std::string new_words(const Pair& of, const Pair& not_of, const std::vector<PairSentence>& made, Rng& rng) {
  for (int i = 0; i < kKinds; ++i) {
    const Kind kind = any_kind(rng);
    const bool near = rng.below(2);
    const auto said = tell_apart(kind, of, not_of, near, rng);
    if (!said) continue;
    std::string text = words(*said, rng);
    const auto same = [&](const PairSentence& other) { return other.text == text; };
    if (std::none_of(made.begin(), made.end(), same)) return text;
  }
  return "";
}

}  // namespace

std::vector<PairSentence> make_pair_sentences(std::span<const Scene> set) {
  const size_t pairs = set.size() / 2;
  std::vector<PairSentence> made;
  if (pairs < 2) return made;
  Rng rng = set.front().stream(Stream::kPairs);
  const auto pair = [&](size_t i) { return Pair{set[2 * i], set[2 * i + 1]}; };
  for (size_t round = 0; round < kTrue; ++round) {
    for (size_t of = 0; of < pairs; ++of) {
      const size_t not_of = (of + 1 + round % (pairs - 1)) % pairs;
      const std::string text = new_words(pair(of), pair(not_of), made, rng);
      if (text.empty()) continue;
      const size_t number = made.size() / 2;
      made.push_back({number, std::min(of, not_of), text, of < not_of});
      made.push_back({number, std::max(of, not_of), text, not_of < of});
    }
  }
  return made;
}

std::vector<PairSet> pair_sets(size_t pairs) {
  std::vector<PairSet> sets;
  for (size_t begin = 0; begin < pairs; begin += kPairsASet)
    sets.push_back({begin, std::min(begin + kPairsASet, pairs)});
  if (sets.size() > 1 && pairs % kPairsASet == 1) {  // a pair alone would have nobody to share its sentences with
    sets.pop_back();
    ++sets.back().end;
  }
  return sets;
}

}  // namespace albef::synth
