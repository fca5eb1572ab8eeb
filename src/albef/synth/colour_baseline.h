// A reader that sees and reads nothing but colours: the yardstick that a trained model has to beat clearly. It knows
// the true colours of each scene, which no model is told, so it is the best that colours alone can do.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "albef/synth/scene.h"

namespace albef::synth {

/// How often each colour occurs: the objects' first, then the backgrounds'.
using ColourBag = std::array<int, kValues<Colour> + kValues<Tone>>;

ColourBag colour_bag(const std::string& caption);  ///< of its colour words
ColourBag colour_bag(const Scene& scene);          ///< of its objects and its background

struct ColourQuery {
  ColourBag bag;
  size_t scene;  ///< index of the scene that the caption belongs to
};

/// Share of captions, in percent, whose scene is among the first k of the ranking; by k.
using ColourRecall = std::map<int64_t, double>;

/// Text to image: scenes ranked by the Dice overlap 2|C n S| / (|C| + |S|) of the bags. Equal scenes share the chance
/// of each place, so the result is the mean over all orders of ties.
ColourRecall colour_bag_recall(const std::vector<ColourQuery>& captions, const std::vector<ColourBag>& scenes,
                               const std::vector<int64_t>& recall_at);

/// The same for a split of a folder made by `albef data synth`: scenes.jsonl against `<split>.json`.
ColourRecall colour_bag_recall(const std::filesystem::path& folder, Split split, const std::vector<int64_t>& recall_at);

}  // namespace albef::synth
