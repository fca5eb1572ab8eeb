// The element types that our files hold, under the names of the three worlds that meet here.
#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

namespace albef {

using TensorMap = std::map<std::string, torch::Tensor>;

struct DType {
  torch::ScalarType type;
  const char* name;     ///< in safetensors: "F32"
  const char* storage;  ///< in a .pth: torch.FloatStorage
  int64_t bytes;        ///< of one element
};

/// Null if files hold no such type.
const DType* find_dtype(torch::ScalarType type);
const DType* find_dtype(const std::string& name);  ///< "F32" or "FloatStorage"

/// Bytes of a contiguous tensor of this shape, or -1 if a size is negative or the product does not fit 63 bits
/// (counting sizes of 0 as 1: even strides of an empty tensor must not overflow).
int64_t checked_bytes(const std::vector<int64_t>& shape, int64_t element_bytes);

/// Whether each element of a contiguous CPU tensor of bool is 0 or 1: others are undefined behaviour once read as bool.
bool has_valid_bools(const torch::Tensor& tensor);

/// "[2, 3]"
std::string shape_text(torch::IntArrayRef shape);

}  // namespace albef
