// What grounding is scored by: the box that each phrase means, boxes proposed for each picture, and the size of
// pictures whose boxes are in other pixels than the files at hand.
//
// JSON files:
//   refs   [{"ref_id": integer, "image_id": integer or text, "bbox": [x, y, width, height], "split": text,
//          "type": text}, ...]; the latter two are optional; or RefCOCO's own files (referring.h)
//   dets   {image_id: [[x, y, width, height], ...], ...}; what follows a box's four numbers is ignored
//   sizes  [{"image_id": integer or text, "width": integer, "height": integer}, ...]
// Other fields are ignored, and so are records that no phrase asks for: one file may serve several lists.
#pragma once
#include <string>
#include <vector>

#include "albef/data/labelled_list.h"
#include "albef/data/pictures.h"
#include "albef/image/resize.h"

namespace albef {

inline constexpr int kLongestSide = 100'000;  ///< of a picture, in pixels, wherever its size comes from

/// {"image": path, "text": text, "ref_id": integer}: what a list of phrases consists of.
LabelledFormat grounding_format();

struct GroundingFiles {
  std::string refs;   ///< "": the boxes stand in the list itself, as in RefCOCO's own files
  std::string dets;   ///< "": no proposals
  std::string sizes;  ///< "": boxes are in pixels of the pictures themselves
};

struct Referent {
  std::string image_id;  ///< an integer by its digits
  std::string split, type;
  Box box;  ///< what the phrase means
};

/// Of a list of N phrases about I pictures.
struct GroundingTruth {
  std::vector<Referent> referents;          ///< [N]
  std::vector<ImageSize> sizes;             ///< [I] pixels that boxes are in
  std::vector<std::vector<Box>> proposals;  ///< [I] one or more each; empty without dets
};

/// Reads the files and joins them to the list. Error naming file and record (of proposals: picture and number) for what
/// is missing, of the wrong type or there twice; for a phrase whose ref_id has no reference, or one of another picture;
/// for a picture without proposals or size; for a box that is no number, has no area, or lies outside of its picture. A
/// box may hang over its edge.
GroundingTruth read_grounding_truth(const LabelledList& list, const GroundingFiles& files, const Pictures& pictures);

}  // namespace albef
