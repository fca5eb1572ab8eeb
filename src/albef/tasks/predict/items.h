// What a model is asked about: pictures and texts as a user names them, without a data set.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "albef/base/json.h"
#include "albef/data/labelled_list.h"

namespace albef {

struct PredictItem {
  std::vector<std::string> images = {};  ///< paths
  std::vector<std::string> names = {};   ///< of the pictures as the line gave them; none: the paths
  std::string text = {};
  OrderedJson id = {};     ///< the line's "id", a text or a number; null where it gave none
  std::string place = {};  ///< "items.jsonl: line 3"; "" for what the command line names
};

/// The pictures that `names` mean, in their order: a file; a folder, with all pictures below it; a pattern of the
/// shell's (*, ?, [a-z]), in the order of its names. Error for what is not there, and for a pattern without a match.
std::vector<std::string> find_pictures(const std::vector<std::string>& names);

/// Each picture with each text, pictures first; `pictures` in a row are an item's. Without texts: each item once.
/// Error for a text without a word, and for pictures that do not go into groups of that size.
std::vector<PredictItem> combine(const std::vector<std::string>& images, const std::vector<std::string>& texts,
                                 size_t pictures);

struct LineFormat {
  size_t pictures = 1;     ///< an item: 1 is "image", 2 is "images"; 0: there may be one
  bool needs_text = true;  ///< false: there may be one
};

/// JSON lines, an item each: {"image": path, "text": text} or {"images": [path, path], "text": text}, and "id",
/// a text or a whole number. `file` "-" is standard input. Relative pictures lie below `image_root`. Error naming file
/// and line for what is no JSON, lacks a field, is of the wrong type or over 16 MB, for a text without a word, and
/// where there is no line.
std::vector<PredictItem> read_items(const std::string& file, const std::string& image_root, const LineFormat& format);

/// Some of the items as a list that the evaluations of tasks take. `which`: numbers of items.
LabelledList labelled_items(const std::vector<PredictItem>& items, const std::vector<uint64_t>& which,
                            const LabelledFormat& format);

}  // namespace albef
