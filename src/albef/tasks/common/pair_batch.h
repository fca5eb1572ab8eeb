// A batch of image-text pairs as the steps of the tasks take it.
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "albef/base/text_batch.h"

namespace albef {

struct PairBatch {
  torch::Tensor pixels;            ///< [B, R, R, 3] uint8 on the host, or [B, 3, R, R] float32, normalised already
  TextBatch texts;                 ///< B texts, each beginning with [CLS]
  std::vector<int64_t> image_ids;  ///< [B] equal where the image is the same
  std::vector<int64_t> samples;    ///< [B] the pairs' numbers: keys of what is drawn for them
};

}  // namespace albef
