#include "albef/io/inspect.h"

#include <algorithm>
#include <cstdio>

#include "albef/base/error.h"
#include "albef/io/input_file.h"
#include "albef/io/ordered_json.h"
#include "albef/io/pth.h"
#include "albef/io/safetensors.h"
#include "albef/io/weight_files.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr size_t kMaxPath = 1 << 16;

TensorLine line(const std::string& name, const DType& dtype, const std::vector<int64_t>& shape) {
  const int64_t bytes = checked_bytes(shape, dtype.bytes);
  return {name, dtype.name, shape, bytes / dtype.bytes, bytes};
}

FileListing inspect_safetensors(const fs::path& path) {
  const SafetensorsHeader header = read_safetensors_header(path);
  FileListing listing{path.string(), {}, OrderedJson::object()};
  for (const auto& [name, info] : header.tensors)
    listing.tensors.push_back(line(name, *find_dtype(info.dtype), info.shape));
  for (const auto& [key, value] : header.metadata) listing.details[key] = value;
  return listing;
}

/// Lists the tensors in `value` and returns the rest; null where nothing but tensors was.
OrderedJson split(const PthValue& value, const std::string& name, std::vector<TensorLine>& tensors) {
  if (const auto* tensor = value.get_if<torch::Tensor>()) {
    tensors.push_back(line(name, *find_dtype(tensor->scalar_type()), tensor->sizes().vec()));
    return nullptr;
  }
  const auto* dict = value.get_if<PthValue::Dict>();
  if (!dict) return to_json(value);
  OrderedJson rest = dict->empty() ? OrderedJson::object() : OrderedJson();
  for (const auto& [key, item] : *dict) {
    const auto* text = key.get_if<std::string>();
    const std::string part = text ? *text : to_json(key).dump();
    const bool was_null = item.get_if<std::monostate>() != nullptr;
    OrderedJson inner = split(item, name.empty() ? part : name + "." + part, tensors);
    if (was_null || !inner.is_null()) rest[part] = std::move(inner);
  }
  return rest;
}

FileListing inspect_pth(const fs::path& path) {
  FileListing listing{path.string(), {}, {}};
  listing.details = split(read_pth(path), "", listing.tensors);
  return listing;
}

FileListing inspect_file(const fs::path& path) {
  if (path.extension() == ".json") return {path.string(), {}, read_ordered_json(path)};
  const InputFile file(path);
  const bool is_zip = file.read_text(0, std::min<uint64_t>(file.size(), 4)) == "PK\x03\x04";
  const bool is_torchs = is_zip || path.extension() == ".pth" || path.extension() == ".bin";
  return is_torchs && !is_safetensors(path) ? inspect_pth(path) : inspect_safetensors(path);
}

std::vector<FileListing> inspect_folder(const fs::path& path) {
  std::vector<FileListing> listings;
  for (const auto& [file, promised] : find_weight_files(path)) listings.push_back(inspect_file(file));
  for (const char* name : {"training.safetensors", "state.json", "config.json"}) {
    if (fs::exists(path / name)) listings.push_back(inspect_file(path / name));
  }
  if (listings.empty()) fail_without_weights(path);
  return listings;
}

struct Totals {
  int64_t elements = 0, bytes = 0;
};

Totals totals(const FileListing& listing) {
  Totals sum;
  for (const TensorLine& tensor : listing.tensors) {
    sum.elements += tensor.elements;
    sum.bytes += tensor.bytes;
  }
  return sum;
}

/// The text, filled up to `width` bytes.
std::string column(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string compact(const OrderedJson& value) {
  return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

/// As dump(2), but a list of plain values takes one line: an optimiser's state names hundreds of parameters by number.
void append_json(std::string& text, const OrderedJson& value, const std::string& indent) {
  const bool is_plain = std::none_of(value.begin(), value.end(), [](const auto& item) { return item.is_structured(); });
  if (value.empty() || !value.is_structured()) {
    text += compact(value);
  } else if (value.is_array() && is_plain) {
    for (const auto& item : value) text += (&item == &value.front() ? "[" : ", ") + compact(item);
    text += "]";
  } else {
    text += value.is_array() ? "[" : "{";
    const char* separator = "\n";
    for (const auto& [key, item] : value.items()) {
      text += separator + indent + "  " + (value.is_object() ? compact(key) + ": " : "");
      append_json(text, item, indent + "  ");
      separator = ",\n";
    }
    text += "\n" + indent + (value.is_array() ? "]" : "}");
  }
}

}  // namespace

std::vector<FileListing> inspect(const fs::path& path) {
  return fs::is_directory(path) ? inspect_folder(path) : std::vector<FileListing>{inspect_file(path)};
}

OrderedJson to_json(const std::vector<FileListing>& listings) {
  OrderedJson files = OrderedJson::array();
  for (const FileListing& listing : listings) {
    OrderedJson tensors = OrderedJson::array();
    for (const TensorLine& tensor : listing.tensors) {
      tensors.push_back(
          {{"name", tensor.name}, {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"bytes", tensor.bytes}});
    }
    const Totals sum = totals(listing);
    files.push_back({{"path", printable(listing.path, kMaxPath)},  // names of files need not be UTF-8
                     {"tensors", std::move(tensors)},
                     {"elements", sum.elements},
                     {"bytes", sum.bytes},
                     {"details", listing.details}});
  }
  return {{"files", std::move(files)}};
}

std::string to_text(const std::vector<FileListing>& listings) {
  std::string text;
  for (const FileListing& listing : listings) {
    text += listing.path + "\n";
    size_t name_width = 0, shape_width = 0;
    for (const TensorLine& tensor : listing.tensors) {
      name_width = std::max(name_width, printable(tensor.name, 120).size());
      shape_width = std::max(shape_width, shape_text(tensor.shape).size());
    }
    for (const TensorLine& tensor : listing.tensors) {
      text += "  " + column(printable(tensor.name, 120), name_width) + "  " + column(tensor.dtype, 4) + "  " +
              column(shape_text(tensor.shape), shape_width) + "  " + std::to_string(tensor.bytes) + "\n";
    }
    if (!listing.tensors.empty()) {
      const Totals sum = totals(listing);
      text += str("  ", listing.tensors.size(), " tensors, ", sum.elements, " elements, ", sum.bytes, " bytes\n");
    }
    if (listing.details.empty()) continue;
    append_json(text, listing.details, "");
    text += "\n";
  }
  return text;
}

}  // namespace albef
