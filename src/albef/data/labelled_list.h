// Lists of sentences about one or more pictures: with labels for visual entailment, NLVR2, or one's own; with numbers
// for grounding, whose boxes stand elsewhere. Publishers' files are read as they are shipped (published.h); else:
//
// A JSON list of {"image": path, "sentence": text, "label": name}, or with "images": [path, path] where a sentence is
// about two; for grounding {"image": path, "text": text, "ref_id": integer}. With two, "identifier" is optional;
// NLVR2's, split-set-pair-sentence, tells which records share a sentence. Other fields are ignored. Unlike captions,
// nothing is passed over: a score over part of a benchmark is none.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "albef/data/bad_samples.h"

namespace albef {

inline constexpr size_t kMostPictures = 2;  ///< that a sentence may be about

/// What the records of a task look like.
struct LabelledFormat {
  size_t pictures = 1;                ///< a sentence; 1: "image", 2: "images"
  std::vector<std::string> labels;    ///< by class; True and False may be JSON's true and false, too; none: unlabelled
  bool add_jpg = false;               ///< to a picture's name without an ending, as SNLI-VE's
  std::string sentence = "sentence";  ///< the field's name
  std::string id = {};                ///< name of a field with a whole number; "": there is none
};

struct LabelledExample {
  std::array<uint32_t, kMostPictures> images = {};  ///< numbers in LabelledList::images
  uint32_t group = 0;                               ///< equal for records of one sentence
  int32_t label = 0;                                ///< class; 0 where unlabelled
  int64_t id = 0;
  uint32_t source = 0;  ///< number in LabelledList::files
  uint64_t record = 0;  ///< 1 for the first of its file
  std::string sentence = {};
};

struct LabelledList {
  LabelledFormat format;
  std::vector<std::string> files;
  std::string image_root;
  std::vector<std::string> images;  ///< names as the files have them, each once
  std::vector<LabelledExample> examples;

  std::string path(uint32_t image) const;  ///< of images[image]
  std::vector<std::string> paths() const;  ///< of all
  Place place(uint64_t example) const;     ///< its image: all pictures of the sentence
  /// Of names, sentences and labels; not of where the files lie.
  uint64_t fingerprint() const;
};

/// All files as one list; relative pictures lie below `image_root`. Throws Error naming file and record for what is
/// missing, of the wrong type, no label of the format, not UTF-8, for an identifier that was there before, and if there
/// is no record at all.
LabelledList read_labelled(const std::vector<std::string>& files, const std::string& image_root,
                           const LabelledFormat& format);

/// Error naming the record of the first picture that is no file, and how many there are.
void check_pictures_exist(const LabelledList& list);

}  // namespace albef
