// What the configuration of every task has. A task's settings are a struct of these (`common`) and what is its own;
// beside it stand fields(visitor, settings) (base/config.h) and resolve(settings, map, where), which makes them stand
// on their own.
#pragma once
#include <string>
#include <vector>

#include "albef/tasks/common/data_settings.h"
#include "albef/tasks/common/model_settings.h"
#include "albef/train/trainer.h"

namespace albef {

/// Which words are tokens: an existing BERT vocabulary, or one trained on the captions at the first start.
struct VocabSettings {
  std::string file;
  int64_t train = 0;
  bool lower_case = true, strip_accents = true;
};

template <class Visitor>
void fields(Visitor& v, VocabSettings& o) {
  v("file", o.file, "a BERT vocab.txt, or a folder that holds one; \"\": the text_encoder's");
  v("train", o.train, "train a WordPiece vocabulary of so many tokens on the captions; 0: do not", Range{0, 1 << 24});
  v("lower_case", o.lower_case, "of a trained vocabulary: words are lower-cased");
  v("strip_accents", o.strip_accents, "of a trained vocabulary: marks are dropped (not for Hindi, Thai)");
}

struct AugmentSettings {
  bool crop = true;
  double area_min = 0.2, area_max = 1, aspect_min = 0.75, aspect_max = 4.0 / 3;
  std::string interpolation = "bicubic";
  bool flip = true;
  int64_t randaugment_ops = 2;
  double randaugment_magnitude = 7;
};

template <class Visitor>
void fields(Visitor& v, AugmentSettings& o) {
  v("crop", o.crop, "a random part of the picture, of the following area and aspect; false: the whole of it, squashed");
  v("area_min", o.area_min, "least share of the picture that a crop covers", Range{0.0001, 1});
  v("area_max", o.area_max, "largest share", Range{0.0001, 1});
  v("aspect_min", o.aspect_min, "least width / height of a crop", Range{0.01, 100});
  v("aspect_max", o.aspect_max, "largest width / height", Range{0.01, 100});
  v("interpolation", o.interpolation, "of the crop's resizing", Choices{"bicubic", "bilinear"});
  v("flip", o.flip, "mirror half of the pictures");
  v("randaugment_ops", o.randaugment_ops, "RandAugment's N; 0: none", Range{0, 16});
  v("randaugment_magnitude", o.randaugment_magnitude, "RandAugment's M", Range{0, 10});
}

struct CommonSettings {
  DataSettings data;
  ModelSettings model;
  InitSettings init;
  VocabSettings vocab;
  AugmentSettings augment;
  PartOptions parts;
  OptimizerOptions optimizer;
  ScheduleOptions schedular;
  RunOptions run;
};

template <class Visitor>
void fields(Visitor& v, CommonSettings& o) {
  data_fields(v, o.data);
  model_fields(v, o.model);
  init_fields(v, o.init);
  v("vocab", o.vocab, "the vocabulary");
  v("augment", o.augment, "what is done to a picture in training");
  fields(v, o.parts);
  v("optimizer", o.optimizer, "AdamW");
  v("schedular", o.schedular, "the learning rate over the run");
  fields(v, o.run);
}

/// Where fine-tuning differs from pretraining, whatever the task (paper, appendix).
void set_fine_tuning(CommonSettings& settings);

/// Where texts are cut: max_tokens, or at the last position that the model has.
int64_t longest_text(const CommonSettings& settings);

/// Fills in BERT's sizes and what 0 stands for. Error naming `where` for what does not fit together.
void resolve(CommonSettings& settings, const YAML::Node& map, const std::string& where);

/// The common part of any task's settings, over `defaults`; keys of the task's own are passed over.
CommonSettings parse_common_settings(const YAML::Node& map, const std::string& where, CommonSettings defaults = {});
/// These, for a user who may have misspelt one: "batch_size, alpha", or "".
std::string keys_beside_common(const YAML::Node& map);

/// Where `checkpoint` is one of ours, it knows its sizes and its vocabulary: what `map` does not say of them is filled
/// in. Where it is gone and a run goes on, the run's own checkpoint does. Error if `map` says otherwise.
void take_sizes_of_checkpoint(YAML::Node map, const std::string& where);

/// A task's settings. Error naming key and line.
template <class Settings>
Settings parse_settings(const YAML::Node& map, const std::string& where) {
  Settings settings;
  read_config(map, where, settings);
  resolve(settings, map, where);
  return settings;
}
template <class Settings>
Settings read_settings(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  const auto map = read_yaml(path, overrides);
  take_sizes_of_checkpoint(map, path.string());
  return parse_settings<Settings>(map, path.string());
}

}  // namespace albef
