// PyTorch's .pth files (the zip format, torch 1.6 and later) as plain data. Nothing in the file is run: it may ask for
// tensors, OrderedDict, torch.Size and torch.device, and any other name is refused.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "albef/base/json.h"
#include "albef/io/dtypes.h"

namespace albef {

/// A tree, though the file may share parts: at most 64 deep, and of 131,072 values (else the file is refused).
struct PthValue {
  using List = std::vector<PthValue>;                       ///< list, tuple, set, torch.Size
  using Dict = std::vector<std::pair<PthValue, PthValue>>;  ///< in the file's order; keys are strings or numbers
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Dict, torch::Tensor> value;

  /// The value under `key`; null if this is no dictionary or has no such key.
  const PthValue* find(const std::string& key) const;

  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&value);
  }
};

/// Tensors are on the CPU, strided as saved, share memory where they did, and need no gradient. Throws Error naming the
/// file and what is wrong: another format (told apart, with what to do), damage (every record has a checksum), a name
/// that is code, a tensor outside its storage, expanded tensors (stride 0) of which copies would take over 1 GiB.
PthValue read_pth(const std::filesystem::path& path);

/// The named tensors of a state_dict, bare or under "model" or "state_dict". `source` is for messages.
TensorMap state_dict_of(const PthValue& value, const std::string& source);

/// For a checkpoint's configuration; a tensor becomes {"dtype": "F32", "shape": [2, 3]}.
OrderedJson to_json(const PthValue& value);

}  // namespace albef
