// Where weights lie: a file, a folder of Hugging Face's or of ours, or shards with an index that says what each holds.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "albef/io/pth.h"
#include "albef/io/weights.h"

namespace albef {

/// The weights in a .pth that was read: what read_weights gives of its file. `source` is for messages.
Weights weights_of(const PthValue& file, const std::string& source);

/// Each file, and the tensors that an index promises it to hold (none without an index).
using WeightFiles = std::map<std::filesystem::path, std::vector<std::string>>;

/// The files of the folder's weights: model.safetensors, the shards of model.safetensors.index.json, pytorch_model.bin,
/// or the shards of pytorch_model.bin.index.json; the first that is there, as Hugging Face looks for them. Empty if
/// none is. Throws Error as read_weight_index does.
WeightFiles find_weight_files(const std::filesystem::path& folder);

/// What an index of shards names. Throws Error naming it if it is over 16 MB, no such index, names a file outside its
/// folder, or one that is missing.
WeightFiles read_weight_index(const std::filesystem::path& index);

/// Ends with an Error that says what was looked for and the first names of what is there.
[[noreturn]] void fail_without_weights(const std::filesystem::path& folder);

/// Whether the file begins as a safetensors file does; throws Error if it cannot be read.
bool is_safetensors(const std::filesystem::path& path);

}  // namespace albef
