// The lists beside the pictures, in the forms of ALBEF's own data files: what each task trains and is tested on.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "albef/synth/captions.h"

namespace albef::synth {

struct SplitScenes {
  Split split;
  std::vector<Scene> scenes;  ///< numbers 1, 2, ... of the split
  int side = 0;               ///< of the pictures, in pixels
  CaptionOptions captions;    ///< its `scenes`: what the scenes were made with
};

inline constexpr const char* kNoiseList = "noise.json";  ///< the wrong and vague captions
inline constexpr int64_t kMaxScenes = 999'999;           ///< a split; six digits name a picture

/// "images/train/000001.png"; `number` from 1.
std::string image_name(Split split, size_t number);

/// `<split>.json`, `grounding_<split>.json`, `vqa_<split>.json`, `ve_<split>.json`, `nlvr_<split>.json`.
void write_lists(const std::filesystem::path& folder, const SplitScenes& scenes);

/// What all splits share: `scenes.jsonl`, `noise.json`, `refs.json` and `dets.json` (val and test),
/// `vqa_answer_list.json`.
void write_shared_lists(const std::filesystem::path& folder, const std::vector<SplitScenes>& splits);

/// The names of all that the two functions write for these splits.
std::vector<std::string> list_names(const std::vector<SplitScenes>& splits);

}  // namespace albef::synth
