// The generator's door: a folder of drawn scenes with everything that the tasks train and are tested on.
// Scene i of a split depends only on the seed, the split, i and SceneOptions; the same settings give the same bytes,
// whatever the number of threads.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "albef/synth/scene.h"

namespace albef::synth {

struct Options {
  int64_t train = 4000, val = 200, test = 1000;  ///< scenes, 0..999,999 each; not all 0
  int64_t size = 96;                             ///< side of the pictures in pixels, 32..1024
  int64_t captions = 5;                          ///< a scene, 1..20
  double wrong = 0, vague = 0;                   ///< shares of the training captions; val and test are always right
  SceneOptions scenes = {};                      ///< how many objects and background patterns
  uint64_t seed = 7;
  int64_t threads = 0;  ///< 0: one a core; decides nothing but the time
};

struct Summary {
  bool already_there = false;  ///< the folder held this very set, and was left as it is
  int64_t scenes = 0;
  int64_t captions = 0, wrong = 0, vague = 0;
  double seconds = 0;
};

/// Sets how many objects a scene has from "2..4", or "3" for always three; Error unless they are within 1..4.
void set_objects(SceneOptions& scenes, const std::string& text);

/// Error names a setting that is out of its range.
void check(const Options& options);

/// Fills `folder`, made if need be. A folder that holds the whole set of these settings (synth.json says so) is left
/// alone; one that holds an unfinished set of these settings is finished. Error, with nothing written, if it holds
/// anything else.
Summary write(const std::filesystem::path& folder, const Options& options);

}  // namespace albef::synth
