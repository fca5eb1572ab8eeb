// Which data a task is trained on: part of every task's configuration (settings.h).
#pragma once
#include <string>
#include <vector>

#include "albef/base/config.h"
#include "albef/data/list_options.h"

namespace albef {

/// The lists, and how pictures and texts are read from them.
struct DataSettings {
  std::vector<std::string> train_file, val_file;
  std::vector<ListOptions> train_data;  ///< likewise, of tasks that are trained on pairs
  std::string image_root;
  int64_t batch_size = 64;                ///< a key of the task's: the authors' files name it in two ways
  std::string captions = "draw";          ///< likewise; of lists of pictures with captions
  std::string caption_field = "caption";  ///< no key: a task whose lists of pairs name it otherwise sets it
  bool shuffle = true, drop_last = true;
  int64_t shuffle_window = 0;
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
  v("shuffle", o.shuffle, "another order each epoch; false: the lists' own");
  v("shuffle_window", o.shuffle_window,
    "no sample moves further than that, beside whole shards; 0: anywhere, where the data can be read at any place",
    Range{0, 1e12});
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

/// Of tasks that are trained on pairs of pictures and captions.
template <class Visitor>
void pair_fields(Visitor& v, DataSettings& o) {
  v("train_data", o.train_data, "pairs beside train_file's: any formats, mixed with weights (docs/datasets.md)");
  v("captions", o.captions, "draw one of a picture's captions each epoch, or expand each to a pair",
    Choices{"draw", "expand"});
}

}  // namespace albef
