#include "albef/io/dtypes.h"

#include <algorithm>
#include <cmath>

#include "albef/base/error.h"

namespace albef {
namespace {

constexpr DType kTypes[] = {
    {torch::kDouble, "F64", "DoubleStorage", 8}, {torch::kFloat, "F32", "FloatStorage", 4},
    {torch::kHalf, "F16", "HalfStorage", 2},     {torch::kBFloat16, "BF16", "BFloat16Storage", 2},
    {torch::kLong, "I64", "LongStorage", 8},     {torch::kInt, "I32", "IntStorage", 4},
    {torch::kShort, "I16", "ShortStorage", 2},   {torch::kChar, "I8", "CharStorage", 1},
    {torch::kByte, "U8", "ByteStorage", 1},      {torch::kBool, "BOOL", "BoolStorage", 1},
};

template <class Matches>
const DType* find(const Matches& matches) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), matches);
  return found == std::end(kTypes) ? nullptr : found;
}

}  // namespace

const DType* find_dtype(torch::ScalarType type) {
  return find([&](const DType& dtype) { return dtype.type == type; });
}

const DType* find_dtype(const std::string& name) {
  return find([&](const DType& dtype) { return name == dtype.name || name == dtype.storage; });
}

int64_t checked_bytes(const std::vector<int64_t>& shape, int64_t element_bytes) {
  int64_t bytes = element_bytes;
  bool empty = false;
  for (const int64_t size : shape) {
    empty = empty || size == 0;
    if (size < 0 || __builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes)) return -1;
  }
  return empty ? 0 : bytes;
}

bool has_valid_bools(const torch::Tensor& tensor) {
  const auto* bytes = static_cast<const unsigned char*>(tensor.const_data_ptr());
  return std::all_of(bytes, bytes + tensor.numel(), [](unsigned char byte) { return byte <= 1; });
}

bool is_finite(const torch::Tensor& tensor) {
  if (!tensor.is_floating_point() || tensor.numel() == 0) return true;
  const auto [low, high] = tensor.detach().aminmax();  // NaN outlives both; no memory for a mask of all elements
  return std::isfinite(low.item<double>()) && std::isfinite(high.item<double>());
}

std::optional<std::string> first_not_finite(const TensorMap& tensors) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [](const auto& entry) { return !is_finite(entry.second); });
  return found == tensors.end() ? std::nullopt : std::optional(found->first);
}

std::string shape_text(torch::IntArrayRef shape) {
  std::string text;
  for (const int64_t size : shape) text += str(text.empty() ? "" : ", ", size);
  return "[" + text + "]";
}

}  // namespace albef
