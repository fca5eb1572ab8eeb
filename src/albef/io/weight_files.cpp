#include "albef/io/weight_files.h"

#include <algorithm>
#include <set>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/io/dialects.h"
#include "albef/io/input_file.h"
#include "albef/io/safetensors.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr char kIndexEnding[] = ".index.json";
constexpr const char* kWholeFiles[] = {"model.safetensors", "pytorch_model.bin"};  // Hugging Face's order
constexpr uint64_t kMaxIndex = uint64_t{16} << 20;
constexpr size_t kNamesShown = 5;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

TensorMap read_tensors(const fs::path& file) {
  return is_safetensors(file) ? read_safetensors(file).tensors : state_dict_of(read_pth(file), file.string());
}

TensorMap read_all(const WeightFiles& files) {
  TensorMap all;
  for (const auto& [file, promised] : files) {
    TensorMap tensors = read_tensors(file);
    for (const std::string& name : promised) {
      if (!tensors.contains(name)) {
        fail(file.string(), ": holds no tensor ", printable(name),
             ", which the index says is there; index and shards are not of one model, or the shard is another's");
      }
    }
    for (auto& [name, tensor] : tensors) {
      if (!all.emplace(name, std::move(tensor)).second)
        fail(file.string(), ": tensor ", printable(name),
             " is in another shard as well; shards of two models are mixed");
    }
  }
  return all;
}

bool all_begin_with(const TensorMap& tensors, const std::string& prefix) {
  return !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
    return entry.first.starts_with(prefix) && entry.first.size() > prefix.size();
  });
}

/// Wrappers around a model put their name before all names; a state_dict saved without unwrapping keeps it.
void take_off_wrappers(Weights& weights) {
  std::string taken;
  for (bool found = true; found;) {
    found = false;
    for (const std::string prefix : {"module.", "_orig_mod."}) {
      if (!all_begin_with(weights.tensors, prefix)) continue;
      TensorMap bare;
      for (auto& [name, tensor] : weights.tensors) bare.emplace(name.substr(prefix.size()), std::move(tensor));
      weights.tensors = std::move(bare);
      taken += prefix;
      found = true;
    }
  }
  if (!taken.empty())
    weights.note = taken + " taken off every name (of a model in DistributedDataParallel or compiled)";
}

}  // namespace

bool is_safetensors(const fs::path& path) {
  const InputFile file(path);
  const std::string begin = file.read_text(0, std::min<uint64_t>(file.size(), 9));
  return begin.size() == 9 && begin[8] == '{';  // the header follows 8 bytes of length
}

WeightFiles find_weight_files(const fs::path& folder) {
  for (const char* name : kWholeFiles) {
    if (is_there(folder / name)) return {{folder / name, {}}};
    const fs::path index = folder / (name + std::string(kIndexEnding));
    if (is_there(index)) return read_weight_index(index);
  }
  return {};
}

WeightFiles read_weight_index(const fs::path& index) {
  const std::string where = index.string();
  const Json json = parse_json(read_file(index, kMaxIndex), where);
  const Json map = json.is_object() ? json.value("weight_map", Json()) : Json();
  if (!map.is_object() || map.empty())
    fail(where, ": has no weight_map, expected an index of shards: {\"weight_map\": {\"TENSOR\": \"FILE\"}}");
  WeightFiles files;
  for (const auto& [tensor, file] : map.items()) {
    if (!file.is_string())
      fail(where, ": tensor ", printable(tensor), ": ", json_kind(file), ", expected the name of its shard");
    const auto name = file.get<std::string>();
    if (!is_plain_name(name)) {
      fail(where, ": tensor ", printable(tensor), " would be in `", printable(name),
           "`, expected the plain name of a file in the same folder");
    }
    files[index.parent_path() / name].push_back(tensor);
  }
  for (const auto& [file, promised] : files) {
    if (!is_there(file)) {
      fail(where, ": its shard ", printable(file.filename().string()), " with ", promised.size(),
           promised.size() == 1 ? " tensor" : " tensors", " is missing; put it into the same folder");
    }
  }
  return files;
}

void fail_without_weights(const fs::path& folder) {
  std::set<std::string> first;  // no more than are shown, however many there are
  size_t count = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error), ++count) {
    first.insert(entry->path().filename().string());
    if (first.size() > kNamesShown) first.erase(std::prev(first.end()));
  }
  std::string wanted, there;
  for (const char* name : kWholeFiles) wanted += str(wanted.empty() ? "" : ", ", name, ", ", name, kIndexEnding);
  for (const std::string& name : first) there += (there.empty() ? "it holds " : ", ") + printable(name);
  if (count > first.size()) there += str(" and ", count - first.size(), " more");
  fail(folder.string(), ": no weights in this folder: looked for ", wanted, "; ", there.empty() ? "it is empty" : there,
       "; expected a checkpoint or a Hugging Face model");
}

Weights weights_of(const PthValue& file, const std::string& source) {
  Weights weights{state_dict_of(file, source), source};
  take_off_wrappers(weights);
  translate_dialect(weights);
  return weights;
}

Weights read_weights(const fs::path& path) {
  std::error_code ignored;
  Weights weights{{}, path.string()};
  if (fs::is_directory(path, ignored)) {
    const WeightFiles files = find_weight_files(path);
    if (files.empty()) fail_without_weights(path);
    weights = {read_all(files), files.size() == 1 ? files.begin()->first.string() : path.string()};
  } else if (path.string().ends_with(kIndexEnding)) {
    weights.tensors = read_all(read_weight_index(path));
  } else {
    weights.tensors = read_tensors(path);
  }
  take_off_wrappers(weights);
  translate_dialect(weights);
  return weights;
}

}  // namespace albef
