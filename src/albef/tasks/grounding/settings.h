// The configuration of fine-tuning for grounding: the authors' Grounding.yaml, read as it is, and what this program
// adds.
#pragma once
#include "albef/tasks/common/distillation.h"
#include "albef/tasks/common/settings.h"
#include "albef/tasks/grounding/boxes.h"

namespace albef {

struct GroundingSettings {
  GroundingSettings() {
    set_fine_tuning(common);
    common.data.caption_field = "text";
    common.model.id_queue = true;
    common.model.temp_min = 0;  // the authors do not clamp here
    common.augment.crop = false;
    common.data.batch_size = 32;
    common.schedular.lr = common.optimizer.lr = 1e-5;
  }
  CommonSettings common;
  std::vector<std::string> test_file;
  std::string refcoco_data, coco_file;
  std::string refs, det_file, sizes;
  std::string mode = "itm";
  int64_t layer = -1, batch_size_test = 64;
  double box_threshold = kBoxThreshold;
  DistillSettings distillation;
  std::string negatives = "sampled";
};

/// What is the task's own.
template <class Visitor>
void grounding_fields(Visitor& v, GroundingSettings& o) {
  v("test_file", o.test_file, "read for the authors' files; `albef eval grounding --data` takes such lists");
  v("refcoco_data", o.refcoco_data, "read for the authors' files; `refs` has the boxes instead");
  v("coco_file", o.coco_file, "read for the authors' files");
  v("refs", o.refs,
    "the boxes that the phrases of val_file mean: [{\"ref_id\", \"image_id\", \"bbox\"}, ...]; RefCOCO's files have "
    "theirs");
  v("det_file", o.det_file, "boxes proposed for its pictures, {image_id: [[x, y, width, height], ...]}; \"\": none");
  v("sizes", o.sizes, "sizes that boxes are in, [{\"image_id\", \"width\", \"height\"}, ...]; \"\": the pictures' own");
  v("mode", o.mode, "what makes the heat maps: cross-attention and ITM, or the image encoder and ITC",
    Choices{"itm", "itc"});
  v("layer", o.layer, "whose attention, from 0; -1: as the authors', 8 of 12", Range{-1, 1023});
  v("box_threshold", o.box_threshold, "least share of the highest heat within a box that is not proposed", Range{0, 1});
  v("batch_size", o.common.data.batch_size, "pairs a step", Range{1, 1 << 20});
  v("batch_size_test", o.batch_size_test, "phrases looked for at once in evaluation", Range{1, 1 << 20});
  distill_fields(v, o.distillation);
  v("negatives", o.negatives,
    "how ITM's negatives are chosen: by similarity, the most similar, or any; short phrases fit many pictures",
    Choices{"sampled", "hardest", "uniform"});
}

template <class Visitor>
void fields(Visitor& v, GroundingSettings& o) {
  fields(v, o.common);
  grounding_fields(v, o);
}

/// The task's own of what was said of a model, whatever it was trained for: see LoadedModel.
GroundingSettings read_grounding_settings(const YAML::Node& map, const std::string& where);

inline void resolve(GroundingSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve(settings.common, map, where);
}

}  // namespace albef
