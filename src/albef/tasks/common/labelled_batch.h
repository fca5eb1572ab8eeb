// A batch of labelled sentences about pictures as the steps of the tasks take it.
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "albef/base/text_batch.h"

namespace albef {

struct LabelledBatch {
  torch::Tensor pixels;         ///< as PairBatch's, of n·B pictures: the first of each sentence, then the second ones
  TextBatch texts;              ///< B texts, each beginning with [CLS]
  std::vector<int64_t> labels;  ///< [B] classes
};

}  // namespace albef
