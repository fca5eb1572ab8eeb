// The configuration of `albef pretrain`: the authors' Pretrain.yaml, read as it is, and what this program adds.
#pragma once
#include <string>
#include <vector>

#include "albef/tasks/model_settings.h"
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
  double area_min = 0.2, area_max = 1, aspect_min = 0.75, aspect_max = 4.0 / 3;
  std::string interpolation = "bicubic";
  bool flip = true;
  int64_t randaugment_ops = 2;
  double randaugment_magnitude = 7;
};

template <class Visitor>
void fields(Visitor& v, AugmentSettings& o) {
  v("area_min", o.area_min, "least share of the picture that a crop covers", Range{0.0001, 1});
  v("area_max", o.area_max, "largest share", Range{0.0001, 1});
  v("aspect_min", o.aspect_min, "least width / height of a crop", Range{0.01, 100});
  v("aspect_max", o.aspect_max, "largest width / height", Range{0.01, 100});
  v("interpolation", o.interpolation, "of the crop's resizing", Choices{"bicubic", "bilinear"});
  v("flip", o.flip, "mirror half of the pictures");
  v("randaugment_ops", o.randaugment_ops, "RandAugment's N; 0: none", Range{0, 16});
  v("randaugment_magnitude", o.randaugment_magnitude, "RandAugment's M", Range{0, 10});
}

struct PretrainSettings {
  std::vector<std::string> train_file, val_file;
  std::string image_root;
  ModelSettings model;
  InitSettings init;
  VocabSettings vocab;
  AugmentSettings augment;
  int64_t batch_size = 64;
  double mlm_probability = 0.15, alpha = 0.4, alpha_itc = -1, alpha_mlm = -1;
  int64_t alpha_ramp_steps = 0, negatives_ramp_steps = 0;
  std::string mlm_mask = "token", negatives = "sampled", captions = "draw";
  bool exclude_same_image = false, drop_last = true;
  int64_t max_words = 30, max_tokens = 25, max_tokens_test = 0;
  int64_t loader_threads = 2, shrink = 0, cache_mb = 0;
  bool honour_exif = false;
  double max_bad_share = 0.1;
  OptimizerOptions optimizer;
  ScheduleOptions schedular;
  RunOptions run;
};

template <class Visitor>
void fields(Visitor& v, PretrainSettings& o) {
  v("train_file", o.train_file,
    "lists of pictures with captions (the authors' JSON), or folders of pictures with .txt");
  v("val_file", o.val_file, "held-out lists: losses and recall during training; empty: none");
  v("image_root", o.image_root, "folder that pictures of JSON lists are relative to");
  model_fields(v, o.model);
  init_fields(v, o.init);
  v("vocab", o.vocab, "the vocabulary");
  v("augment", o.augment, "what is done to a picture in training");
  v("batch_size", o.batch_size, "pairs a step", Range{1, 1 << 20});
  v("mlm_probability", o.mlm_probability, "share of tokens that are masked", Range{0, 1});
  v("mlm_mask", o.mlm_mask, "what is chosen to be masked: tokens, or whole words", Choices{"token", "word"});
  v("alpha", o.alpha, "weight of the momentum model's pseudo-targets", Range{0, 1});
  v("alpha_itc", o.alpha_itc, "the same for ITC alone; -1: alpha", Range{-1, 1});
  v("alpha_mlm", o.alpha_mlm, "the same for MLM alone; -1: alpha", Range{-1, 1});
  v("alpha_ramp_steps", o.alpha_ramp_steps, "alpha grows from 0 over so many steps; 0: over epoch 0", Range{0, 1e12});
  v("negatives", o.negatives, "how ITM's negatives are chosen", Choices{"sampled", "hardest"});
  v("negatives_ramp_steps", o.negatives_ramp_steps,
    "sampled negatives are any other pair at first, and drawn by similarity after so many steps", Range{0, 1e12});
  v("exclude_same_image", o.exclude_same_image, "other captions of the same picture are no ITM negatives");
  v("captions", o.captions, "draw one of a picture's captions each epoch, or expand each to a pair",
    Choices{"draw", "expand"});
  v("drop_last", o.drop_last, "leave out an epoch's last, incomplete batch");
  v("max_words", o.max_words, "words of a caption that are read", Range{1, 1e6});
  v("max_tokens", o.max_tokens, "tokens of a caption with [CLS]", Range{2, 1e6});
  v("max_tokens_test", o.max_tokens_test, "the same in evaluation; 0: max_tokens, but beside 25 the authors' 30",
    Range{0, 1e6});
  v("loader_threads", o.loader_threads, "threads that decode and augment ahead", Range{1, 1024});
  v("shrink", o.shrink, "squash pictures to this side before anything else; 0: do not", Range{0, 8192});
  v("cache_mb", o.cache_mb, "memory for decoded pictures, in MB; 0: decode each time", Range{0, 1e9});
  v("honour_exif", o.honour_exif, "turn pictures upright as their EXIF says; the authors do not");
  v("max_bad_share", o.max_bad_share, "the run ends once more samples are unusable, beyond what chance explains",
    Range{0, 1});
  v("optimizer", o.optimizer, "AdamW");
  v("schedular", o.schedular, "the learning rate over the run");
  fields(v, o.run);
}

/// Reads a file with overrides, and makes it stand on its own (BERT's sizes, alphas). Error naming key and line.
PretrainSettings read_pretrain_settings(const std::filesystem::path& path, const std::vector<std::string>& overrides);
PretrainSettings parse_pretrain_settings(const YAML::Node& map, const std::string& where);

}  // namespace albef
