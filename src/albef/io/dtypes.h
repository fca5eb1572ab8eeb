// The element types that our files hold, under the names of the three worlds that meet here.
#pragma once
#include <torch/types.h>

#include <map>
#include <optional>
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

/// Whether no element is NaN or infinite; whole numbers and bool never are. Takes one pass; a tensor with gaps or an
/// expanded one is copied for it.
bool is_finite(const torch::Tensor& tensor);

/// The name of the first tensor that holds NaN or infinity; none if all are finite.
std::optional<std::string> first_not_finite(const TensorMap& tensors);

/// "[2, 3]"
std::string shape_text(torch::IntArrayRef shape);

}  // namespace albef
