#include "albef/synth/statements.h"

#include <algorithm>
#include <array>

#include "albef/synth/references.h"
#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

Claim true_claim(const Scene& scene, Rng& rng) {
  const size_t index = rng.below(scene.objects.size());
  Description what;
  what.shape = scene.objects[index].look.shape;
  name_one_more(what, scene.objects[index].look, rng);
  Claim claim = claim_about(scene, index, what);
  if (claim.count > 1) return claim;
  if (rng.below(3) == 0) claim.phrase.place = some_place(scene.objects[index], rng);
  if (!claim.phrase.place && rng.below(2)) {
    const size_t other = (index + 1 + rng.below(scene.objects.size() - 1)) % scene.objects.size();
    const std::vector<Relation> found = relations(scene, index, other);
    if (!found.empty()) {
      claim.phrase.relation = found[rng.below(found.size())];
      claim.phrase.other.shape = scene.objects[other].look.shape;
      name_one_more(claim.phrase.other, scene.objects[other].look, rng);
    }
  }
  return claim;
}

// "the red star is left of the blue ring", "the star at the top is striped": false ones differ in the predicate.
std::string about_one(const Scene& scene, bool truth, Rng& rng) {
  const size_t index = rng.below(scene.objects.size());
  const Look& look = scene.objects[index].look;
  const auto feature = static_cast<Feature>(rng.below(3));
  const auto subject = unique_phrase(scene, index, rng, feature);
  if (!subject) return "";
  const std::string text = say(*subject, /*definite=*/true, rng) + " is ";
  if (feature == Feature::kSize) return text + word(truth ? look.size : any_other(look.size, rng));
  if (feature == Feature::kTexture) return text + word(truth ? look.texture : any_other(look.texture, rng));
  return text + word(truth ? look.colour : any_other(look.colour, rng));
}

std::string about_two(const Scene& scene, bool truth, Rng& rng) {
  const size_t first = rng.below(scene.objects.size());
  const size_t second = (first + 1 + rng.below(scene.objects.size() - 1)) % scene.objects.size();
  const auto subject = unique_phrase(scene, first, rng, Feature::kNone, /*plain=*/true);
  const auto object = unique_phrase(scene, second, rng, Feature::kNone, /*plain=*/true);
  const auto relation = any<Relation>(rng);
  const Reading reading = truth ? Reading::kStrict : Reading::kLoose;
  if (!subject || !object || holds(relation, scene, first, second, reading) != truth) return "";
  const std::string verb = " is " + say(relation, rng) + " ";
  return say(*subject, /*definite=*/true, rng) + verb + say(*object, /*definite=*/true, rng);
}

std::string about_number(const Scene& scene, bool truth, Rng& rng) {
  Phrase phrase;
  const uint64_t kind = rng.below(3);
  if (kind == 0) phrase.what.colour = any<Colour>(rng);
  if (kind == 1) phrase.what.texture = any<Texture>(rng);
  const int number = static_cast<int>(referents(phrase, scene).size());
  const int told = truth ? number : number + (number > 0 && rng.below(2) ? -1 : 1);
  const std::string noun = told == 1 ? synth::noun(phrase.what, rng) : plural_noun(phrase.what, rng);
  return std::string("there ") + (told == 1 ? "is" : "are") + " exactly " + number_word(told) + " " + noun;
}

std::string about_background(const Scene& scene, bool truth, Rng& rng) {
  const std::string tone = word(truth ? scene.tone : any_other(scene.tone, rng));
  const std::string pattern = word(truth ? scene.pattern : any_other(scene.pattern, rng));
  return "the background is " + (rng.below(2) ? tone : pattern);
}

std::string neutral(const Scene& scene, Rng& rng) {
  constexpr std::array kUnseen = {
      "is made of paper", "was drawn by a child",      "is about to move",     "is worth a lot of money",
      "was added last",   "hides something behind it", "is liked by everyone", "belongs to somebody's game",
      "feels warm"};
  constexpr std::array kOutside = {"another shape lies just outside the picture", "the picture hangs in a school",
                                   "the picture was made in the morning"};
  const auto subject = unique_phrase(scene, rng.below(scene.objects.size()), rng);
  if (!subject || rng.below(8) == 0) return kOutside[rng.below(kOutside.size())];
  return say(*subject, /*definite=*/true, rng) + " " + kUnseen[rng.below(kUnseen.size())];
}

std::string statement(const Scene& scene, bool truth, Rng& rng) {
  for (;;) {
    std::string text;
    switch (rng.below(5)) {
      case 0:
        text = as_statement(make_claim(scene, truth, rng), rng);
        break;
      case 1:
        text = about_one(scene, truth, rng);
        break;
      case 2:
        text = about_two(scene, truth, rng);
        break;
      case 3:
        text = about_number(scene, truth, rng);
        break;
      default:
        text = about_background(scene, truth, rng);
    }
    if (!text.empty()) return text;
  }
}

}  // namespace

Claim claim_about(const Scene& scene, size_t index, const Description& what) {
  const Look& look = scene.objects[index].look;
  const auto same = [&](const Object& object) { return object.look == look; };
  Claim claim;
  claim.phrase.what = what;
  if (std::count_if(scene.objects.begin(), scene.objects.end(), same) > 1) {
    claim.count = static_cast<int>(referents(claim.phrase, scene).size());
  }
  return claim;
}

Claim make_claim(const Scene& scene, bool truth, Rng& rng) {
  const Claim claim = true_claim(scene, rng);
  if (truth) return claim;
  Meaning meaning;
  meaning.claims = {claim};
  return falsified(meaning, scene, rng).claims.back();
}

std::string as_statement(const Claim& claim, Rng& rng) {
  return (claim.count > 1 ? "there are " : "there is ") + say(claim, rng);
}

std::string as_question(const Claim& claim, Rng& rng) {
  return (claim.count > 1 ? "are there " : "is there ") + say(claim, rng) + "?";
}

std::vector<Entailment> make_entailments(const Scene& scene) {
  Rng rng = scene.stream(Stream::kEntailment);
  std::vector<Entailment> made = {{statement(scene, true, rng), "entailment"},
                                  {neutral(scene, rng), "neutral"},
                                  {statement(scene, false, rng), "contradiction"}};
  for (size_t i = made.size() - 1; i > 0; --i) std::swap(made[i], made[rng.below(i + 1)]);
  return made;
}

}  // namespace albef::synth
