// What the configuration of every task has. A task's settings are a struct of these (`common`) and what is its own;
// beside it stand fields(visitor, settings) (base/config.h) and resolve(settings, map, where), which makes them stand
// on their own.
#pragma once
#include <string>
#include <vector>

#include "albef/tasks/common/model_settings.h"
#include "albef/train/trainer.h"

namespace albef {

/// The lists, and how pictures and texts are read from them.
struct DataSettings {
  std::vector<std::string> train_file, val_file;
  std::string image_root;
  int64_t batch_size = 64;                ///< a key of the task's: the authors' files name it in two ways
  std::string captions = "draw";          ///< likewise; of lists of pictures with captions
  std::string caption_field = "caption";  ///< no key: a task whose lists of pairs name it otherwise sets it
  bool drop_last = true;
  int64_t max_words = 30, max_tokens = 25, max_tokens_test = 0;
  std::vector<int64_t> recall_at = {1, 5, 10};
  int64_t loader_threads = 2, shrink = 0, cache_mb = 0;
  bool honour_exif = false;
  double max_bad_share = 0.1;
};

template <class Visitor>
void data_fields(Visitor& v, DataSettings& o) {
  v("train_file", o.train_file,
    "lists of the task's samples: the authors' JSON, publishers' files (FILE#SPLIT); of captions also folders with "
    ".txt");
  v("val_file", o.val_file, "held-out lists: losses and recall during training; empty: none");
  v("image_root", o.image_root, "folder that pictures of JSON lists are relative to");
  v("drop_last", o.drop_last, "leave out an epoch's last, incomplete batch");
  v("max_words", o.max_words, "words of a caption that are read", Range{1, 1e6});
  v("max_tokens", o.max_tokens, "tokens of a text with [CLS]; 0: not cut", Range{0, 1e6});
  v("max_tokens_test", o.max_tokens_test,
    "the same in retrieval's evaluation; 0: max_tokens, but beside 25 or 0 the authors' 30", Range{0, 1e6});
  v("recall_at", o.recall_at, "k of the recalls in evaluation; r_mean stays that of 1, 5 and 10", Range{1, 1e9});
  v("loader_threads", o.loader_threads, "threads that decode and augment ahead", Range{1, 1024});
  v("shrink", o.shrink, "squash pictures to this side before anything else; 0: do not", Range{0, 8192});
  v("cache_mb", o.cache_mb, "memory for decoded pictures, in MB; 0: decode each time", Range{0, 1e9});
  v("honour_exif", o.honour_exif, "turn pictures upright as their EXIF says; the authors do not");
  v("max_bad_share", o.max_bad_share, "the run ends once more samples are unusable, beyond what chance explains",
    Range{0, 1});
}

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
