#include "albef/io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <tuple>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/io/checksum.h"
#include "albef/io/input_file.h"

namespace albef {
namespace {

constexpr uint64_t kPrefixBytes = 8;
constexpr uint64_t kMaxHeader = uint64_t{16} << 20;  // a hundred thousand tensors
constexpr size_t kMaxRank = 32;
constexpr char kNoChecksum[] = "00000000";

struct OpenFile {
  explicit OpenFile(const std::filesystem::path& path);  ///< reads and checks the header
  InputFile file;
  std::string prefix_and_text;  ///< the file up to its data
  SafetensorsHeader header;
};

[[noreturn]] void damaged(const OpenFile& open, const std::string& why) {
  fail(open.file.name(), ": not a safetensors file, or damaged: ", why);
}

std::vector<int64_t> read_shape(const OpenFile& open, const std::string& name, const Json& entry) {
  const auto shape = entry.find("shape");
  if (shape == entry.end() || !shape->is_array() || shape->size() > kMaxRank) {
    damaged(open, str("tensor ", printable(name), " has no shape, expected a list of up to ", kMaxRank, " sizes"));
  }
  std::vector<int64_t> sizes;
  for (const Json& size : *shape) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > INT64_MAX) {
      damaged(open, str("tensor ", printable(name), ": ", printable(size.dump()), " is no size of a shape"));
    }
    sizes.push_back(size.get<int64_t>());
  }
  return sizes;
}

TensorInfo read_tensor_info(const OpenFile& open, const std::string& name, const Json& entry) {
  if (!entry.is_object())
    damaged(open, str("tensor ", printable(name), " is ", json_kind(entry), ", expected an object"));
  const auto type = entry.find("dtype");
  const DType* dtype = type != entry.end() && type->is_string() ? find_dtype(type->get<std::string>()) : nullptr;
  if (!dtype || type->get<std::string>() != dtype->name) {  // the format knows more: F8_E4M3, U16, ...
    fail(open.file.name(), ": tensor ", printable(name), " has type ",
         type == entry.end() ? "none" : printable(type->dump()),
         ", expected one of F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL; save it in one of these");
  }
  TensorInfo info{dtype->type, read_shape(open, name, entry)};
  const auto offsets = entry.find("data_offsets");
  if (offsets == entry.end() || !offsets->is_array() || offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() ||
      !(*offsets)[1].is_number_unsigned()) {
    damaged(open, str("tensor ", printable(name), " has no data_offsets, expected two numbers"));
  }
  info.begin = (*offsets)[0].get<uint64_t>();
  info.end = (*offsets)[1].get<uint64_t>();
  const int64_t bytes = checked_bytes(info.shape, dtype->bytes);
  if (bytes < 0 || info.end < info.begin || info.end - info.begin != static_cast<uint64_t>(bytes)) {
    damaged(open, str("tensor ", printable(name), ": bytes ", info.begin, " to ", info.end, " do not hold a ",
                      dtype->name, " tensor of shape ", shape_text(info.shape)));
  }
  return info;
}

Metadata read_metadata(const OpenFile& open, const Json& entries) {
  if (entries.is_null()) return {};  // optional in the Python package, which takes null for none
  if (!entries.is_object()) damaged(open, "__metadata__ is " + json_kind(entries) + ", expected an object");
  Metadata metadata;
  for (const auto& [key, value] : entries.items()) {
    if (!value.is_string())
      damaged(open, "metadata " + printable(key) + " is " + json_kind(value) + ", expected a string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

using Entry = std::pair<const std::string, TensorInfo>;

/// The tensors as they lie in the file.
std::vector<const Entry*> in_file_order(const SafetensorsHeader& header) {
  std::vector<const Entry*> order;
  for (const Entry& entry : header.tensors) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->second.begin, a->second.end) < std::tie(b->second.begin, b->second.end);
  });
  return order;
}

void check_layout(const OpenFile& open) {
  uint64_t end = 0;
  for (const Entry* entry : in_file_order(open.header)) {
    if (entry->second.begin != end) {
      damaged(open, str("tensor ", printable(entry->first), " begins at byte ", entry->second.begin,
                        " of the data, where the one before ends at ", end));
    }
    end = entry->second.end;
  }
  const uint64_t data_bytes = open.file.size() - open.header.data_offset;
  if (end != data_bytes) damaged(open, str("its tensors take ", end, " bytes, but ", data_bytes, " follow the header"));
}

uint64_t read_header_length(const OpenFile& open) {
  if (open.file.size() < kPrefixBytes) damaged(open, str("it is ", open.file.size(), " bytes long"));
  unsigned char prefix[kPrefixBytes];
  open.file.read(0, prefix, kPrefixBytes);
  uint64_t length = 0;
  for (size_t i = 0; i < kPrefixBytes; ++i) length |= uint64_t{prefix[i]} << (8 * i);
  const uint64_t limit = std::min(kMaxHeader, open.file.size() - kPrefixBytes);
  if (length > limit) damaged(open, str("its header would be ", length, " bytes long, at most ", limit, " can be"));
  return length;
}

OpenFile::OpenFile(const std::filesystem::path& path) : file(path) {
  header.data_offset = kPrefixBytes + read_header_length(*this);
  prefix_and_text = file.read_text(0, header.data_offset);
  const Json json = parse_json(prefix_and_text.substr(kPrefixBytes), file.name() + " (safetensors header)");
  if (!json.is_object()) damaged(*this, "its header is " + json_kind(json) + ", expected an object");
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") {
      header.metadata = read_metadata(*this, entry);
    } else {
      header.tensors.emplace(name, read_tensor_info(*this, name, entry));
    }
  }
  check_layout(*this);
}

std::string checksum_entry(const std::string& digits) {
  return str('"', kChecksumKey, "\":\"", digits, '"');
}

/// The checksum of everything before the data, its own digits taken as 0.
uint32_t header_checksum(const OpenFile& open) {
  std::string text = open.prefix_and_text;
  const auto found = open.header.metadata.find(kChecksumKey);
  if (found == open.header.metadata.end()) return crc32(0, text.data(), text.size());
  const std::string entry = checksum_entry(found->second);
  const size_t at = text.find(entry);
  if (at == std::string::npos || found->second.size() != std::strlen(kNoChecksum))
    damaged(open, "its checksum is malformed");
  text.replace(at, entry.size(), checksum_entry(kNoChecksum));
  return crc32(0, text.data(), text.size());
}

void check_checksum(const OpenFile& open, uint32_t sum) {
  const auto found = open.header.metadata.find(kChecksumKey);
  if (found == open.header.metadata.end() || found->second == checksum_text(sum)) return;
  fail(open.file.name(), ": damaged: its checksum is ", checksum_text(sum), ", expected ", printable(found->second),
       "; take another copy or an earlier checkpoint");
}

std::string header_text(const std::filesystem::path& path, const std::vector<const TensorMap::value_type*>& order,
                        const Metadata& metadata) {
  OrderedJson json;
  for (const auto& [key, value] : metadata) json["__metadata__"][key] = value;
  json["__metadata__"][kChecksumKey] = kNoChecksum;
  int64_t begin = 0;
  for (const auto* entry : order) {
    const DType* dtype = find_dtype(entry->second.scalar_type());
    const int64_t end = begin + entry->second.numel() * dtype->bytes;
    json[entry->first] = {
        {"dtype", dtype->name}, {"shape", entry->second.sizes().vec()}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text;
  try {
    text = json.dump();
  } catch (const Json::exception& error) {
    fail(path.string(), ": a tensor's name or a metadata value is not valid UTF-8 (", error.what(), ")");
  }
  text.append((kPrefixBytes - text.size() % kPrefixBytes) % kPrefixBytes, ' ');  // so that the data begins aligned
  if (text.size() > kMaxHeader)
    fail(path.string(), ": names and metadata take ", text.size(), " bytes, more than ", kMaxHeader);
  return text;
}

std::vector<const TensorMap::value_type*> writing_order(const std::filesystem::path& path, const TensorMap& tensors) {
  std::vector<const TensorMap::value_type*> order;
  for (const auto& entry : tensors) {
    TORCH_CHECK(entry.second.defined() && entry.first != "__metadata__", "tensor ", entry.first, " cannot be written");
    if (!find_dtype(entry.second.scalar_type())) {
      fail(path.string(), ": tensor ", entry.first, " of type ", torch::toString(entry.second.scalar_type()),
           " cannot be written");
    }
    order.push_back(&entry);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->second.element_size() > b->second.element_size(); });
  return order;
}

}  // namespace

SafetensorsHeader read_safetensors_header(const std::filesystem::path& path) {
  return OpenFile(path).header;
}

Metadata read_safetensors_metadata(const std::filesystem::path& path) {
  return OpenFile(path).header.metadata;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  const OpenFile open(path);
  uint32_t sum = header_checksum(open);
  TensorFile result{{}, open.header.metadata};
  for (const Entry* entry : in_file_order(open.header)) {
    const TensorInfo& info = entry->second;
    torch::Tensor tensor = torch::empty(info.shape, info.dtype);
    sum = open.file.read_summed(open.header.data_offset + info.begin, tensor.data_ptr(), info.end - info.begin, sum);
    if (info.dtype == torch::kBool && !has_valid_bools(tensor)) {
      damaged(open, "tensor " + printable(entry->first) + " of type BOOL holds other bytes than 0 and 1");
    }
    result.tensors.emplace(entry->first, std::move(tensor));
  }
  check_checksum(open, sum);
  return result;
}

Metadata verify_safetensors(const std::filesystem::path& path) {
  const OpenFile open(path);
  const uint64_t data_bytes = open.file.size() - open.header.data_offset;
  check_checksum(open, open.file.read_summed(open.header.data_offset, nullptr, data_bytes, header_checksum(open)));
  return open.header.metadata;
}

std::string write_safetensors(const std::filesystem::path& path, const TensorMap& tensors, const Metadata& metadata) {
  const auto order = writing_order(path, tensors);
  std::string text = header_text(path, order, metadata);
  std::string prefix(kPrefixBytes, '\0');
  for (size_t i = 0; i < kPrefixBytes; ++i) prefix[i] = static_cast<char>(text.size() >> (8 * i));
  text.insert(0, prefix);
  std::string checksum;
  write_atomically(path, [&](std::ostream& out) {
    uint32_t sum = 0;
    const auto put = [&](const void* data, size_t size) {
      sum = crc32(sum, data, size);
      out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    };
    put(text.data(), text.size());
    for (const auto* entry : order) {
      const torch::Tensor tensor = entry->second.detach().cpu().contiguous();
      put(tensor.const_data_ptr(), tensor.nbytes());
    }
    checksum = checksum_text(sum);
    const std::string entry = checksum_entry(kNoChecksum);
    out.seekp(static_cast<std::streamoff>(text.find(entry) + entry.size() - checksum.size() - 1));
    out.write(checksum.data(), static_cast<std::streamsize>(checksum.size()));
  });
  return checksum;
}

}  // namespace albef
