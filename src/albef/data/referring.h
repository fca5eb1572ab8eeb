// RefCOCO, RefCOCO+ and RefCOCOg as they are shipped: refs(unc).p, refs(umd).p or refs(google).p, or the same list as
// JSON, with COCO's instances.json in the same folder.
//
//   refs            [{"ref_id", "ann_id", "image_id", "split", "sentences": [{"sent"}]}]
//   instances.json  {"images": [{"id", "file_name"}], "annotations": [{"id", "image_id", "bbox": [x, y, width,
//                   height]}]}
//
// Each phrase becomes {"image", "text", "ref_id", "image_id", "split", "bbox"}; one that a reference has twice
// counts twice, as in REFER. A picture lies below train2014, or without a folder.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "albef/base/json.h"

namespace albef {

/// What is used of an instances.json: boxes and names of pictures.
struct Instances {
  struct Object {
    int64_t image_id = 0;
    Json box;  ///< as the file has it
  };
  std::unordered_map<int64_t, std::string> pictures;  ///< file names, by image id
  std::unordered_map<int64_t, Object> objects;        ///< by annotation id
};

/// Throws Error naming file and record for what is missing or of the wrong type.
Instances read_instances(const std::string& path);

}  // namespace albef
