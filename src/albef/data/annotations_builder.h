// Annotations made record by record, in memory.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "albef/data/annotations.h"

namespace albef {

class AnnotationsBuilder {
 public:
  void begin_list(double weight = 1);  ///< sources that begin from now on are of a new entry

  /// Records added from now on come from this source; `first_record` and `list` are filled in.
  void begin_source(AnnotationSource source);

  /// `number` is 1 for the first of its source. Needs begin_source() before. Error if the number is over 2^32 - 1.
  void add(uint64_t number, std::string_view image, std::span<const std::string> captions, int64_t image_id);

  /// What was added, with pictures from `pictures`. The builder is empty again.
  Annotations finish(std::shared_ptr<PictureStore> pictures = std::make_shared<PictureStore>());

 private:
  struct Storage {  // see AnnotationArrays
    std::string bytes;
    std::vector<uint64_t> starts = {0}, first = {0};
    std::vector<int64_t> image_ids;
    std::vector<uint32_t> numbers;
    std::vector<AnnotationSource> sources;
    std::vector<double> weights;
  };
  void append(std::string_view text);

  Storage made_;
};

}  // namespace albef
