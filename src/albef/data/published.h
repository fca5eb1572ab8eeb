// Lists as publishers ship them, told by what their first record holds and handed over in the shape of the authors'
// own:
//
//   COCO and Flickr30K by Karpathy  dataset_coco.json: {"images": [{"filepath", "filename", "cocoid", "split",
//                                   "sentences": [{"raw"}]}]} -> image, caption [texts], image_id
//   COCO                            captions_train2014.json: {"images": [{"id", "file_name"}], "annotations":
//                                   [{"id", "image_id", "caption"}]} -> image, caption, image_id
//   VQA v2                          ..._questions.json: {"data_subtype", "questions": [{"question_id", "image_id",
//                                   "question"}]} -> question_id, question, image; ..._annotations.json:
//                                   {"annotations": [{"question_id", "image_id", "question_type", "answer_type",
//                                   "answers": [{"answer"}]}]} -> question_id, image, answer [texts] and the types
//   Visual Genome                   question_answers.json: [{"id", "qas": [{"qa_id", "image_id", "question",
//                                   "answer"}]}] -> question_id, question, image, answer, dataset "vg";
//                                   region_descriptions.json: [{"id", "regions": [{"image_id", "phrase", "x", "y",
//                                   "width", "height"}]}] -> image, caption and, of whole pictures, image_id "vg/ID";
//                                   image_data.json beside it tells the pictures' folders and sizes
//   SNLI-VE                         snli_ve_test.jsonl: {"Flickr30K_ID", "sentence2", "gold_label"} -> image, sentence,
//                                   label; what has no gold label ("-") is passed over
//   NLVR2                           dev.json: {"identifier", "sentence", "label", "directory"} -> images [two],
//                                   sentence, label, identifier
//   RefCOCO, RefCOCO+, RefCOCOg     refs(unc).p or such a list in JSON, and instances.json beside it: see referring.h
//
// Pictures lie below the root as their publishers pack them; NLVR2's, RefCOCO's also without folders.
#pragma once
#include <functional>
#include <string>

#include "albef/data/records.h"

namespace albef {

/// How samples' pictures are named.
struct PictureNaming {
  std::string images = {}, vg = {};  ///< folders that they lie below: those of Visual Genome below `vg`
  bool crop_regions = false;         ///< of a described region that part (picture_region.h) instead of the whole
};

/// Calls `take` for each sample of a list, which may name splits (splits.h). Samples of one record have its number. The
/// authors' records pass as they are. Says how many were passed over. Throws Error naming file and record as
/// read_records does, for what a publisher's record lacks or has of a wrong type, and for regions to be cropped where
/// there are none.
void read_samples(const std::string& list, const PictureNaming& naming, const std::function<void(const Record&)>& take);

/// Whether the list is of VQA v2's answers, whose questions stand in another.
bool has_answers_alone(const std::string& list);
/// Whether it is RefCOCO's, whose phrases have their boxes.
bool is_referring(const std::string& list);
/// The instances.json that has their boxes.
std::string boxes_beside(const std::string& list);
/// Whether it is a file of several splits, RefCOCO's or Karpathy's.
bool has_splits(const std::string& list);

/// The first of `folders` below `root` that holds `picture`; the first of all if none does.
std::string folder_with(const std::string& root, const std::vector<std::string>& folders, const std::string& picture);

}  // namespace albef
