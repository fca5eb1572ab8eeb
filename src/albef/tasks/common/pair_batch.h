// Pictures with a text each: the form in which they go from the loader all the way into a step.
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "albef/base/text_batch.h"

namespace albef {

struct PairBatch {
  torch::Tensor pixels;            ///< [B, R, R, 3] uint8 on the host
  TextBatch texts;                 ///< B texts, [CLS] first
  std::vector<int64_t> image_ids;  ///< [B] equal where the image is the same
  std::vector<int64_t> samples;    ///< [B] numbers that tell pairs apart, the same in every epoch
};

}  // namespace albef
