// An entry of `train_data`: where pictures with captions are listed, and how the list is read.
#pragma once
#include <cstdint>
#include <string>

#include "albef/base/config.h"

namespace albef {

struct ListOptions {
  std::string source;  ///< a path, shards/{00000..00331}.tar, *.parquet, or pipe:COMMAND
  std::string image_root = {};
  double weight = 1;
  std::string image = {}, caption = {};
  std::string separator = "auto", header = "auto", regions = "whole";
  int64_t timeout = 60;
};

template <class Visitor>
void fields(Visitor& v, ListOptions& o) {
  v("source", o.source, "a list, folder, table or shards: coco.json, cc3m.tsv, {00000..00331}.tar, 'pipe:COMMAND'");
  v("image_root", o.image_root, "folder that its pictures are relative to; \"\": the image_root of all");
  v("weight", o.weight, "how often each of its pairs comes an epoch: 2 is twice, 0.25 a quarter of them in turns",
    Range{1e-6, 1e6});
  v("image", o.image, "a table's column of pictures, by name or number from 1, or a path: 'pictures/{row:09}.jpg'");
  v("caption", o.caption, "field, column (name or number) or ending that has the captions; \"\": the usual ones");
  v("separator", o.separator, "of a table's columns; auto: a tab in .tsv, else a comma");
  v("header", o.header, "whether a table's first line names its columns", Choices{"auto", "yes", "no"});
  v("regions", o.regions, "Visual Genome's: a phrase with the whole picture, or with its part of it",
    Choices{"whole", "crop"});
  v("timeout", o.timeout, "seconds after which a pipe:COMMAND that gives nothing is ended", Range{1, 86400});
}

}  // namespace albef
