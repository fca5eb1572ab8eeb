// PyTorch's .pth files (the zip format), written as torch.save does, so that torch.load(file, weights_only=True) takes
// them.
#pragma once
#include <filesystem>

#include "albef/io/pth.h"

namespace albef {

/// A dictionary's entry.
std::pair<PthValue, PthValue> pth_entry(const std::string& key, PthValue value);

/// JSON's values as Python's; the reverse of to_json, but that a tensor stays its description.
PthValue from_json(const OrderedJson& json);

/// Dictionaries become dict, lists list, tensors torch.Tensor without gradient. Tensors that share all of their memory
/// share it in the file. Writes through write_atomically (base/files.h), one tensor at a time; tensors on a GPU or with
/// strides are copied one by one. The same value gives the same bytes. Throws Error if the file cannot be written or an
/// element type has no storage in the format.
void write_pth(const std::filesystem::path& path, const PthValue& value);

}  // namespace albef
