#include "albef/synth/captions.h"

#include <algorithm>
#include <array>

#include "albef/synth/references.h"
#include "albef/synth/statements.h"
#include "albef/synth/wording.h"

namespace albef::synth {
namespace {

constexpr double kEnoughBits = 17;  // 10 for a thousand scenes, the rest since most claims fit several objects
constexpr int kSameWords = 1000;    // drawn before a scene's captions may repeat each other

template <class T>
const T& pick(const std::vector<T>& list, Rng& rng) {
  return list[rng.below(list.size())];
}

struct Pair {
  size_t first, second;
  Relation relation;
};

std::vector<Pair> related_pairs(const Scene& scene) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < scene.objects.size(); ++i) {
    for (size_t j = 0; j < scene.objects.size(); ++j) {
      if (i == j) continue;
      for (Relation relation : relations(scene, i, j)) pairs.push_back({i, j, relation});
    }
  }
  return pairs;
}

// A caption under construction: what it says, and which objects it speaks of.
struct Draft {
  Meaning meaning;
  std::vector<Description*> named;  // into meaning.claims
  std::vector<size_t> objects;      // that each of `named` describes
};

void begin_pair(Draft& draft, const Scene& scene, Rng& rng) {
  std::vector<Pair> pairs = related_pairs(scene);
  std::vector<Pair> nested;
  std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(nested),
               [](const Pair& p) { return p.relation >= Relation::kInside; });
  const Pair pair = !nested.empty() && rng.below(2) ? pick(nested, rng) : pick(pairs, rng);
  draft.meaning.claims.resize(1);
  Phrase& phrase = draft.meaning.claims[0].phrase;
  phrase.relation = pair.relation;
  draft.named = {&phrase.what, &phrase.other};
  draft.objects = {pair.first, pair.second};
}

// Two or three objects, no two of which look the same.
void begin_list(Draft& draft, const Scene& scene, Rng& rng) {
  const size_t wanted = 2 + rng.below(2);
  std::vector<size_t> order;
  for (size_t i = 0; i < scene.objects.size(); ++i)
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(rng.below(i + 1)), i);
  for (size_t i : order) {
    const bool seen = std::any_of(draft.objects.begin(), draft.objects.end(),
                                  [&](size_t j) { return scene.objects[i].look == scene.objects[j].look; });
    if (!seen && draft.objects.size() < wanted) draft.objects.push_back(i);
  }
  draft.meaning.claims.resize(draft.objects.size());
  for (size_t i = 0; i < draft.objects.size(); ++i) {
    Phrase& phrase = draft.meaning.claims[i].phrase;
    draft.named.push_back(&phrase.what);
    if (rng.below(2)) phrase.place = some_place(scene.objects[draft.objects[i]], rng);
  }
}

void name_feature(Draft& draft, const Scene& scene, Rng& rng) {
  switch (const uint64_t choice = rng.below(draft.named.size() * 3 + 3)) {
    case 0:
      draft.meaning.tone = scene.tone;
      return;
    case 1:
      draft.meaning.pattern = scene.pattern;
      return;
    case 2:
      if (!draft.meaning.claims[0].phrase.relation && scene.objects.size() > 1)
        draft.meaning.total = static_cast<int>(scene.objects.size());
      return;
    default: {
      const size_t i = choice % draft.named.size();
      name_one_more(*draft.named[i], scene.objects[draft.objects[i]].look, rng);
    }
  }
}

// Counts can only be told once it is settled which features are named.
void count_lists(Draft& draft, const Scene& scene) {
  for (size_t i = 0; i < draft.objects.size() && !draft.meaning.claims[0].phrase.relation; ++i) {
    Claim& claim = draft.meaning.claims[i];
    const Claim counted = claim_about(scene, draft.objects[i], claim.phrase.what);
    if (counted.count > 1) claim = counted;
  }
}

// "A ring and a ring" would be odd to say of two that differ.
bool told_apart(const Draft& draft, const Scene& scene) {
  for (size_t i = 0; i < draft.named.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool alike = scene.objects[draft.objects[i]].look == scene.objects[draft.objects[j]].look;
      if (!alike && *draft.named[i] == *draft.named[j]) return false;
    }
  }
  return true;
}

Meaning true_meaning(const Scene& scene, Rng& rng) {
  Draft draft;
  rng.below(4) || scene.objects.size() < 2 ? begin_list(draft, scene, rng) : begin_pair(draft, scene, rng);
  for (size_t i = 0; i < draft.named.size(); ++i) {
    const Look& look = scene.objects[draft.objects[i]].look;
    draft.named[i]->shape = look.shape;
    if (rng.below(2)) draft.named[i]->colour = look.colour;
  }
  if (rng.below(8)) draft.meaning.pattern = scene.pattern;
  const auto enough = [&] { return bits(draft.meaning) >= kEnoughBits && told_apart(draft, scene); };
  for (int step = 0; step < 40 && !enough(); ++step) name_feature(draft, scene, rng);
  count_lists(draft, scene);
  return draft.meaning;
}

std::string caption_text(const Meaning& meaning, Rng& rng) {
  std::string text = say_list(meaning.claims, rng);
  if (meaning.total)
    text = number_word(*meaning.total) + (rng.below(2) ? " shapes with " : " shapes, among them ") + text;
  const bool on_background = meaning.tone || meaning.pattern;
  if (on_background && rng.below(4) == 0) return with_a(background(meaning, rng)) + " with " + text;
  if (on_background) text += " on " + with_a(background(meaning, rng));
  const bool several = meaning.total || meaning.claims[0].count > 1;
  switch (rng.below(6)) {
    case 0:
      return (several ? "there are " : "there is ") + text;
    case 1:
      return "a picture of " + text;
    case 2:
      return "we see " + text;
    default:
      return text;
  }
}

Caption true_caption(const Scene& scene, Rng& rng) {
  Meaning meaning = true_meaning(scene, rng);
  return {caption_text(meaning, rng), meaning, CaptionKind::kTrue};
}

// Half of them another scene's caption, as a web page's text may belong to another picture; half a slip.
Caption wrong_caption(const Scene& scene, const SceneOptions& scenes, Rng& rng) {
  const Scene described = rng.below(2) ? scene : make_scene(rng(), Split::kTrain, 0, scenes);
  Meaning meaning = true_meaning(described, rng);
  if (holds(meaning, scene, Reading::kLoose)) meaning = falsified(meaning, scene, rng);
  return {caption_text(meaning, rng), meaning, CaptionKind::kWrong};
}

Caption vague_caption(const Scene& scene, Rng& rng) {
  constexpr std::array kEmpty = {"some shapes on a background", "a drawing with a few things in it", "colorful shapes",
                                 "a simple picture", "an image made by a program"};
  Caption caption{kEmpty[rng.below(kEmpty.size())], {}, CaptionKind::kVague};
  if (rng.below(2)) {
    caption.meaning.claims.resize(1);
    caption.meaning.claims[0].phrase.what.shape = scene.objects[rng.below(scene.objects.size())].look.shape;
    caption.text = "a picture with " + say(caption.meaning.claims[0], rng);
  }
  return caption;
}

}  // namespace

const char* word(CaptionKind kind) {
  return kind == CaptionKind::kTrue ? "true" : kind == CaptionKind::kWrong ? "wrong" : "vague";
}

std::vector<Caption> make_captions(const Scene& scene, const CaptionOptions& options) {
  Rng rng = scene.stream(Stream::kCaptions);
  std::vector<Caption> captions;
  for (int repeats = 0; captions.size() < static_cast<size_t>(options.count);) {
    const double lot = rng.uniform();
    Caption caption = lot < options.wrong                   ? wrong_caption(scene, options.scenes, rng)
                      : lot < options.wrong + options.vague ? vague_caption(scene, rng)
                                                            : true_caption(scene, rng);
    const bool said =
        std::any_of(captions.begin(), captions.end(), [&](const Caption& c) { return c.text == caption.text; });
    if (said && caption.kind != CaptionKind::kVague && ++repeats < kSameWords) continue;
    captions.push_back(std::move(caption));
  }
  return captions;
}

}  // namespace albef::synth
