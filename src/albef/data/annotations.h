// Lists of pictures with captions, from the authors' JSON files or from folders of pictures.
//
// A JSON file is a list of {"image": path, "caption": text or [texts], "image_id": integer or text}; image_id may be
// missing, other fields are ignored. In a folder (searched with its subfolders and the folders that links lead to, each
// once, in the order of the paths) each picture has its captions in a text file of the same name, one a line: dog.jpg,
// dog.txt.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "albef/data/bad_samples.h"
#include "albef/data/pair_list.h"

namespace albef {

struct AnnotationOptions {
  std::string image_root = {};  ///< relative pictures of JSON lists are below it; empty: below the working directory
  bool strict = false;          ///< a caption that cannot be used is an Error (evaluation) instead of being passed over
};

inline constexpr size_t kMaxCaptionBytes = size_t{1} << 20;

/// All sources as one list. Records with the same image_id, in any of the files, have the same id; a record without one
/// is identified by its picture's path. Ids are 0, 1, 2, ... in the order of first appearance.
/// Captions that show nothing (see has_words), are longer than kMaxCaptionBytes or not UTF-8 go to `bad`, and so does
/// the record if it has no other. Throws Error naming file and record for what is missing, empty, no JSON list or of
/// the wrong type, and if nothing is left.
PairList read_annotations(const std::vector<std::string>& sources, const AnnotationOptions& options, BadSamples& bad);

/// What retrieval is evaluated on: N pictures, M texts, and for each text the picture that it belongs to.
struct EvalList {
  std::vector<std::string> images;  ///< [N] paths, each once, in the order of first appearance
  std::vector<std::string> texts;   ///< [M] captions as they stand in the files, in their order
  std::vector<int64_t> text_image;  ///< [M] in 0..N-1
};

EvalList read_eval_list(const std::vector<std::string>& sources, const std::string& image_root);

}  // namespace albef
