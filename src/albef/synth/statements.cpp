#include "albef/synth/statements.h"

#include <algorithm>

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
  if (!claim.phrase.place && scene.objects.size() > 1 && rng.below(2)) {
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

}  // namespace albef::synth
