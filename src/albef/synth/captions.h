// Captions of a scene: short, varied, true, and together with the picture enough to tell it from a thousand others,
// though not by its colours alone. On request some are wrong or vague, as captions from the web are.
#pragma once
#include <string>
#include <vector>

#include "albef/synth/meaning.h"

namespace albef::synth {

enum class CaptionKind { kTrue, kWrong, kVague };
const char* word(CaptionKind kind);

struct Caption {
  std::string text;
  Meaning meaning;  ///< what the text says
  CaptionKind kind = CaptionKind::kTrue;
};

struct CaptionOptions {
  int64_t count = 5;            ///< captions a scene
  double wrong = 0, vague = 0;  ///< the share of them that is false of the scene; that is true but tells little
  SceneOptions scenes = {};     ///< of the other scenes whose captions are wrong here
};

/// The scene's captions, no two of the same words (save vague ones, and should there be too few ways to say it).
std::vector<Caption> make_captions(const Scene& scene, const CaptionOptions& options);

}  // namespace albef::synth
