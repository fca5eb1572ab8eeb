// What is in a file of weights or a checkpoint, without loading more than that needs.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "albef/base/json.h"

namespace albef {

struct TensorLine {
  std::string name;  ///< in nested files with its path: "optimizer.state.0.exp_avg"
  std::string dtype;
  std::vector<int64_t> shape;
  int64_t elements = 0, bytes = 0;
};

struct FileListing {
  std::string path;
  std::vector<TensorLine> tensors;
  OrderedJson details;  ///< all that is no tensor: metadata, configuration, progress
};

/// Listings of a .safetensors file, a .pth, or each file of a folder (a checkpoint of ours, a Hugging Face model).
/// Throws Error as the readers do.
std::vector<FileListing> inspect(const std::filesystem::path& path);

/// {"files": [{"path", "tensors": [{"name", "dtype", "shape", "bytes"}], "elements", "bytes", "details"}]}
OrderedJson to_json(const std::vector<FileListing>& listings);

/// The same for people, in aligned columns.
std::string to_text(const std::vector<FileListing>& listings);

}  // namespace albef
