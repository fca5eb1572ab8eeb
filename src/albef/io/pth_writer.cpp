#include "albef/io/pth_writer.h"

#include <bit>
#include <map>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/io/zip_writer.h"

namespace albef {
namespace {

constexpr char kFolder[] = "archive";

/// Writes a tree as a pickle of protocol 2 (https://docs.python.org/3/library/pickletools.html), and gathers the
/// tensors on the way: each storage has the number of its record.
class PthPickler {
 public:
  explicit PthPickler(std::string file) : file_(std::move(file)) {}

  std::string pickle(const PthValue& value) {
    text_ = "\x80\x02";
    put(value);
    text_ += '.';
    return std::move(text_);
  }
  const std::vector<torch::Tensor>& storages() const { return storages_; }

 private:
  void put(const PthValue& value) {
    std::visit([this](const auto& v) { write(v); }, value.value);
  }
  void write(std::monostate) { text_ += 'N'; }
  void write(bool value) { text_ += value ? '\x88' : '\x89'; }
  void write(int64_t value) {
    if (value >= 0 && value < 256) {
      text_ += 'K' + bytes(value, 1);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
      text_ += 'J' + bytes(value, 4);
    } else {
      text_ += "\x8a\x08" + bytes(value, 8);
    }
  }
  void write(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    text_ += 'G';
    for (int i = 7; i >= 0; --i) text_ += static_cast<char>(bits >> (8 * i));
  }
  void write(const std::string& value) { text_ += 'X' + bytes(static_cast<int64_t>(value.size()), 4) + value; }
  void write(const PthValue::List& list) {
    text_ += ']';
    if (list.empty()) return;
    text_ += '(';
    for (const PthValue& item : list) put(item);
    text_ += 'e';
  }
  void write(const PthValue::Dict& dict) {
    text_ += '}';
    if (dict.empty()) return;
    text_ += '(';
    for (const auto& [key, item] : dict) put(key), put(item);
    text_ += 'u';
  }
  void write(const torch::Tensor& tensor);

  void write_sizes(torch::IntArrayRef sizes) {
    text_ += '(';
    for (const int64_t size : sizes) write(size);
    text_ += 't';
  }
  static std::string bytes(int64_t value, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += static_cast<char>(value >> (8 * i));
    return result;
  }

  std::string file_, text_;
  std::vector<torch::Tensor> storages_;  ///< each is the whole of one
  std::map<const void*, size_t> numbers_;
};

/// Whether the tensor shows each element of its memory once, in order.
bool is_whole(const torch::Tensor& tensor) {
  return tensor.is_contiguous() && tensor.storage_offset() == 0 && tensor.nbytes() == tensor.storage().nbytes();
}

void PthPickler::write(const torch::Tensor& tensor) {
  const DType* dtype = find_dtype(tensor.scalar_type());
  if (!dtype) fail(file_, ": tensors of type ", torch::toString(tensor.scalar_type()), " cannot be written");
  size_t number = storages_.size();
  if (is_whole(tensor) && tensor.numel() > 0) number = numbers_.emplace(tensor.storage().data(), number).first->second;
  if (number == storages_.size()) storages_.push_back(tensor);
  text_ += "ctorch._utils\n_rebuild_tensor_v2\n((";
  write(std::string("storage"));
  text_ += str("ctorch\n", dtype->storage, "\n");
  write(std::to_string(number));
  write(std::string("cpu"));
  write(tensor.numel());
  text_ += "tQ";
  write(int64_t{0});
  write_sizes(tensor.sizes());
  std::vector<int64_t> strides(tensor.sizes().size(), 1);
  for (size_t i = strides.size(); i-- > 1;)
    strides[i - 1] = strides[i] * std::max<int64_t>(tensor.size(static_cast<int64_t>(i)), 1);
  write_sizes(strides);
  text_ +=
      "\x89"
      "ccollections\nOrderedDict\n)RtR";
}

}  // namespace

std::pair<PthValue, PthValue> pth_entry(const std::string& key, PthValue value) {
  return {PthValue{key}, std::move(value)};
}

PthValue from_json(const OrderedJson& json) {
  switch (json.type()) {
    case OrderedJson::value_t::boolean:
      return {json.get<bool>()};
    case OrderedJson::value_t::number_integer:
    case OrderedJson::value_t::number_unsigned:
      return {json.get<int64_t>()};
    case OrderedJson::value_t::number_float:
      return {json.get<double>()};
    case OrderedJson::value_t::string:
      return {json.get<std::string>()};
    case OrderedJson::value_t::array: {
      PthValue::List list;
      for (const auto& item : json) list.push_back(from_json(item));
      return {std::move(list)};
    }
    case OrderedJson::value_t::object: {
      PthValue::Dict dict;
      for (const auto& [key, item] : json.items()) dict.push_back(pth_entry(key, from_json(item)));
      return {std::move(dict)};
    }
    default:
      return {};
  }
}

void write_pth(const std::filesystem::path& path, const PthValue& value) {
  PthPickler pickler(path.string());
  const std::string pickle = pickler.pickle(value);
  write_atomically(path, [&](std::ostream& out) {
    ZipWriter zip(out, kFolder);
    zip.add("data.pkl", pickle);
    zip.add(".format_version", "1");
    zip.add(".storage_alignment", "64");
    zip.add("byteorder", "little");
    for (size_t i = 0; i < pickler.storages().size(); ++i) {
      const auto tensor = pickler.storages()[i].detach().to(torch::kCPU).contiguous();
      zip.add(str("data/", i), tensor.const_data_ptr(), tensor.nbytes());
    }
    zip.add("version", "3\n");
    zip.add(".data/serialization_id", zip.mark());
    zip.finish();
  });
}

}  // namespace albef
