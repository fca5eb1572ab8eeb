// Many scenes at once, and the sentences about them.
#pragma once
#include <vector>

#include "albef/synth/entailment.h"
#include "albef/synth/pair_sentences.h"

namespace albef::synth {

inline std::vector<Scene> make_scenes(Split split, size_t count, const SceneOptions& options = {}) {
  std::vector<Scene> scenes;
  for (uint64_t i = 1; i <= count; ++i) scenes.push_back(make_scene(7, split, i, options));
  return scenes;
}

inline std::vector<PairSentence> sentences_of(const std::vector<Scene>& scenes, const PairSet& set) {
  return make_pair_sentences(std::span(scenes).subspan(2 * set.begin, 2 * (set.end - set.begin)));
}

}  // namespace albef::synth
