// Sentences about two pictures: see statements.h.
#include <cstdlib>

#include "albef/synth/references.h"
#include "albef/synth/statements.h"
#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

int count(const Description& what, const Scene& scene) {
  Phrase phrase;
  phrase.what = what;
  return static_cast<int>(referents(phrase, scene).size());
}

// One or two features of an object in one of the pictures, so that it is there at least once.
Description some_features(const Scene& left, const Scene& right, Rng& rng) {
  const Scene& scene = rng.below(2) ? left : right;
  const Look& look = scene.objects[rng.below(scene.objects.size())].look;
  Description what;
  const uint64_t kind = rng.below(3);
  if (kind < 2) what.shape = look.shape;
  if (kind > 0) name_one_more(what, look, rng);
  return what;
}

PairSentence about_features(const Scene& left, const Scene& right, Rng& rng) {
  const Description what = some_features(left, right, rng);
  const int a = count(what, left), b = count(what, right);
  const std::string one = noun(what, rng), many = plural_noun(what, rng);
  switch (rng.below(5)) {
    case 0:
      return {"both pictures show " + with_a(one), a > 0 && b > 0};
    case 1:
      return {"exactly one of the pictures shows " + with_a(one), (a > 0) != (b > 0)};
    case 2: {
      const int told = a + b + static_cast<int>(rng.below(3)) - 1;
      const std::string number = number_word(told) + " " + (told == 1 ? one : many);
      return {std::string("there ") + (told == 1 ? "is" : "are") + " exactly " + number + " in the two pictures",
              told == a + b};
    }
    case 3:
      return {"the left picture has more " + many + " than the right one", a > b};
    default:
      return {"the right picture has more " + many + " than the left one", b > a};
  }
}

PairSentence any_sentence(const Scene& left, const Scene& right, bool truth, Rng& rng) {
  switch (rng.below(4)) {
    case 0: {
      const bool first = rng.below(2);
      const Claim claim = make_claim(first ? left : right, truth, rng);
      return {std::string("in the ") + (first ? "left" : "right") + " picture " + as_statement(claim, rng), truth};
    }
    case 1: {
      Meaning shown;
      const bool tone = rng.below(2);
      const Scene& scene = rng.below(2) ? left : right;
      if (tone) shown.tone = scene.tone;
      if (!tone) shown.pattern = scene.pattern;
      return {"both pictures have " + with_a(background(shown, rng)), holds(shown, left) && holds(shown, right)};
    }
    default:
      return about_features(left, right, rng);
  }
}

}  // namespace

std::vector<PairSentence> make_pair_sentences(const Scene& left, const Scene& right, int count) {
  Rng rng = left.stream(Stream::kPairs);
  std::vector<PairSentence> made;
  for (int i = 0; i < count; ++i) {
    const bool wanted = rng.below(2);
    PairSentence next = any_sentence(left, right, wanted, rng);
    while (next.truth != wanted) next = any_sentence(left, right, wanted, rng);
    made.push_back(std::move(next));
  }
  return made;
}

}  // namespace albef::synth
