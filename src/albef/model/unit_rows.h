// What every feature of the joint space is: of length 1.
#pragma once
#include <torch/nn/functional/normalization.h>

namespace albef {

/// [N, E] -> [N, E] float32, rows of length 1.
inline torch::Tensor unit_rows(const torch::Tensor& x) {
  return torch::nn::functional::normalize(x.to(torch::kFloat), torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

}  // namespace albef
