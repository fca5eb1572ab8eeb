// NumPy's .npy files, for tables that Python reads.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once
#include <torch/types.h>

#include <filesystem>
#include <string>

namespace albef {

/// The bytes of a version 1.0 file: `tensor` of any shape, float32, float64 or int64, in C order.
/// Throws c10::Error for another type.
std::string npy_bytes(const torch::Tensor& tensor);

/// Writes them through write_atomically (base/files.h).
void write_npy(const std::filesystem::path& path, const torch::Tensor& tensor);

}  // namespace albef
