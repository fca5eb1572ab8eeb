// How the model computes on a device.
#pragma once
#include <torch/types.h>

namespace albef {

struct ComputeOptions {
  bool bf16 = false;   ///< autocast matrix products to bfloat16
  bool packed = true;  ///< drop padding from dense layers
};

/// As a device computes best; the precision is chosen beforehand (train/precision.h). Packed layouts pay on the CPU; on
/// a GPU they would make the host wait for the drawn negatives.
inline ComputeOptions compute_options(bool bf16, torch::Device device) {
  return {.bf16 = bf16, .packed = device.is_cpu()};
}

}  // namespace albef
