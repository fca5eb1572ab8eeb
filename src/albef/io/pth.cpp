#include "albef/io/pth.h"

#include <algorithm>
#include <array>

#include "albef/base/error.h"
#include "albef/base/pickle.h"
#include "albef/io/zip.h"

namespace albef {
namespace {

constexpr size_t kMaxPickled = size_t{1} << 22;  // a checkpoint of a thousand tensors makes about twenty thousand
constexpr uint64_t kMaxPickle = uint64_t{32} << 20;
constexpr const char* kAdvice = "load it in Python and save the state_dict alone with torch.save";
constexpr size_t kMaxValues = size_t{1} << 17;  // with an optimiser's state about four thousand
constexpr size_t kMaxText = size_t{64} << 20;
constexpr int kMaxDepth = 64;
constexpr size_t kMaxRank = 32;
constexpr int64_t kMaxExpanded = int64_t{1} << 30;  // bytes; all weights of a BERT-base and a ViT-B take less

/// The records of one archive, without the folder that torch.save puts them in.
class Archive {
 public:
  explicit Archive(const std::filesystem::path& path) : zip_(path) {
    for (const auto& [name, record] : zip_.records()) {
      if (name.ends_with("/data.pkl")) prefix_ = name.substr(0, name.size() - std::string("data.pkl").size());
    }
    if (prefix_.empty()) fail(this->name(), ": holds no data.pkl, expected a file written by torch.save");
    if (has("byteorder") && text("byteorder") != "little") {
      fail(this->name(), ": was saved on a big-endian machine; save it again on a little-endian one");
    }
  }

  const std::string& name() const { return zip_.file().name(); }
  bool has(const std::string& record) const { return zip_.records().contains(prefix_ + record); }
  uint64_t size(const std::string& record) const { return find(record).size; }
  void read(const std::string& record, void* to) const { zip_.read(find(record), to); }
  std::string text(const std::string& record) const {
    if (size(record) > kMaxPickle)
      fail(name(), ": record ", record, " is ", size(record), " bytes long; this is no checkpoint");
    std::string content(size(record), '\0');
    read(record, content.data());
    return content;
  }

 private:
  const ZipRecord& find(const std::string& record) const {
    const auto found = zip_.records().find(prefix_ + record);
    if (found == zip_.records().end()) fail(name(), ": damaged: record ", printable(record), " is missing");
    return found->second;
  }

  ZipFile zip_;
  std::string prefix_;
};

/// What a persistent id stands for.
struct Storage {
  torch::Tensor flat;  ///< one-dimensional, all of the storage
};

/// Gives torch's few names their meaning.
class TorchMachine : public PickleMachine {
 public:
  explicit TorchMachine(const Archive& archive)
      : PickleMachine(archive.name(), {kMaxPickled, kAdvice}), archive_(archive) {}

 protected:
  bool knows(const std::string& global) const override {
    if (is_quantised(global)) {
      refuse("it asks for " + printable(global) +
             ", so its tensors are quantised; save the model's float weights, from before it was quantised");
    }
    return find_meaning(global) || storage_type(global);
  }

  PickleObject* call(const std::string& global, const std::vector<PickleObject*>& arguments) override {
    const Meaning meaning = find_meaning(global);
    if (!meaning) refuse(global + " cannot be called");
    return (this->*meaning)(arguments);
  }

  PickleObject* persistent(const PickleObject* id) override;

 private:
  using Meaning = PickleObject* (TorchMachine::*)(const std::vector<PickleObject*>&);
  static Meaning find_meaning(const std::string& global) {
    if (global == "collections.OrderedDict") return &TorchMachine::ordered_dict;
    if (global == "torch._utils._rebuild_tensor_v2") return &TorchMachine::rebuild_tensor;
    if (global == "torch._utils._rebuild_parameter") return &TorchMachine::first;
    if (global == "torch.Size" || global == "torch.device") return &TorchMachine::first;
    return nullptr;
  }
  /// torch.qint8, torch.QInt8Storage, torch.per_tensor_affine and what puts them together.
  static bool is_quantised(const std::string& global) {
    return global.starts_with("torch.q") || global.starts_with("torch.Q") || global.starts_with("torch.per_") ||
           global == "torch._utils._rebuild_qtensor";
  }
  static const DType* storage_type(const std::string& global) {
    return global.starts_with("torch.") && global.ends_with("Storage") ? find_dtype(global.substr(6)) : nullptr;
  }

  PickleObject* ordered_dict(const std::vector<PickleObject*>& arguments) {
    if (!arguments.empty()) refuse("an OrderedDict with arguments");
    return make({PickleDict{}});
  }
  PickleObject* first(const std::vector<PickleObject*>& arguments) {
    if (arguments.empty()) refuse("a call without arguments");
    return arguments[0];
  }
  PickleObject* rebuild_tensor(const std::vector<PickleObject*>& arguments);
  std::vector<int64_t> sizes(const PickleObject* object) const;
  void allow_expanded(const std::vector<int64_t>& shape, const torch::Tensor& flat);
  const torch::Tensor& load_storage(const std::string& key, const DType& dtype);

  const Archive& archive_;
  std::map<std::string, torch::Tensor> storages_;
  int64_t expanded_bytes_ = 0;  ///< that copies of the expanded tensors so far would take
};

// The id of a storage: ("storage", its class, key, device, number of elements).
PickleObject* TorchMachine::persistent(const PickleObject* id) {
  const auto* parts = std::get_if<PickleSequence>(&id->value);
  if (!parts || parts->items.size() != 5) refuse("a storage that is not described by five values");
  const auto& items = parts->items;
  const auto* global = std::get_if<PickleGlobal>(&items[1]->value);
  const DType* dtype = global ? storage_type(global->name) : nullptr;
  const auto* key = std::get_if<std::string>(&items[2]->value);
  const auto* count = std::get_if<int64_t>(&items[4]->value);
  if (!dtype || !key || !count) refuse("a storage of unknown type or place");
  const torch::Tensor& flat = load_storage(*key, *dtype);
  if (flat.numel() != *count) {
    refuse(str("storage ", printable(*key), " should hold ", *count, " elements and holds ", flat.numel()));
  }
  return make({std::any(Storage{flat})});
}

const torch::Tensor& TorchMachine::load_storage(const std::string& key, const DType& dtype) {
  if (const auto found = storages_.find(key); found != storages_.end()) {
    if (found->second.scalar_type() != dtype.type) refuse("storage " + printable(key) + " is used with two types");
    return found->second;
  }
  const std::string record = "data/" + key;
  const uint64_t bytes = archive_.size(record);
  if (bytes % static_cast<uint64_t>(dtype.bytes)) refuse("storage " + printable(key) + " is cut short");
  torch::Tensor flat = torch::empty({static_cast<int64_t>(bytes) / dtype.bytes}, dtype.type);
  archive_.read(record, flat.data_ptr());
  if (dtype.type == torch::kBool && !has_valid_bools(flat))
    refuse("storage " + printable(key) + " holds booleans other than 0 and 1");
  return storages_.emplace(key, std::move(flat)).first->second;
}

std::vector<int64_t> TorchMachine::sizes(const PickleObject* object) const {
  const auto* list = std::get_if<PickleSequence>(&object->value);
  if (!list || list->items.size() > kMaxRank) refuse("a tensor's shape is no list of sizes");
  std::vector<int64_t> result;
  for (const PickleObject* item : list->items) {
    const auto* size = std::get_if<int64_t>(&item->value);
    if (!size || *size < 0) refuse("a tensor's size or stride is no whole number from 0 on");
    result.push_back(*size);
  }
  return result;
}

// Tensors that show elements of a small storage many times (stride 0) cost nothing until somebody copies them: what the
// copies would take is limited, for all of them together, or a file of a kilobyte could fill the memory.
void TorchMachine::allow_expanded(const std::vector<int64_t>& shape, const torch::Tensor& flat) {
  const int64_t bytes = checked_bytes(shape, flat.element_size());
  if (bytes >= 0 && bytes <= static_cast<int64_t>(flat.nbytes())) return;
  if (bytes < 0 || bytes > kMaxExpanded - expanded_bytes_) {
    refuse(str("a tensor of shape ", shape_text(shape), " is expanded from a storage of ", flat.numel(),
               " elements; copies of such tensors may take ", kMaxExpanded,
               " bytes in a file: save them in full (.contiguous())"));
  }
  expanded_bytes_ += bytes;
}

// Arguments: storage, offset, shape, strides, requires_grad, hooks (and metadata); the first four matter.
PickleObject* TorchMachine::rebuild_tensor(const std::vector<PickleObject*>& arguments) {
  if (arguments.size() < 4) refuse("a tensor with too few arguments");
  const auto* made = std::get_if<std::any>(&arguments[0]->value);
  const auto* storage = std::any_cast<Storage>(made);
  const auto* offset = std::get_if<int64_t>(&arguments[1]->value);
  if (!storage || !offset || *offset < 0) refuse("a tensor without storage or place");
  const auto shape = sizes(arguments[2]), strides = sizes(arguments[3]);
  if (shape.size() != strides.size()) refuse("a tensor with more strides than sizes");
  allow_expanded(shape, storage->flat);
  const int64_t elements = checked_bytes(shape, 1);
  bool inside = true;
  int64_t last = *offset;
  for (size_t i = 0; inside && elements > 0 && i < shape.size(); ++i) {
    int64_t reach = 0;
    inside = !__builtin_mul_overflow(shape[i] - 1, strides[i], &reach) && !__builtin_add_overflow(last, reach, &last);
  }
  if (!inside || last > storage->flat.numel() || (elements > 0 && last == storage->flat.numel())) {
    refuse(str("a tensor of shape ", shape_text(shape), " and strides ", shape_text(strides), " from element ", *offset,
               " on lies outside its storage of ", storage->flat.numel()));
  }
  return make({std::any(elements == 0 ? torch::empty(shape, storage->flat.options())
                                      : storage->flat.as_strided(shape, strides, *offset))});
}

/// Makes a tree of the machine's objects, which may share or contain each other.
class Grower {
 public:
  explicit Grower(std::string file) : file_(std::move(file)) {}

  PthValue grow(const PickleObject* object, int depth = 0) {
    if (depth > kMaxDepth) fail(file_, ": values nested deeper than ", kMaxDepth, "; this is no checkpoint");
    if (++values_ > kMaxValues || text_ > kMaxText) fail(file_, ": more values than a checkpoint has");
    return std::visit([&](const auto& value) { return convert(value, depth + 1); }, object->value);
  }

 private:
  template <class T>
  PthValue convert(const T& plain, int) {
    return {plain};
  }
  PthValue convert(const std::string& text, int) {
    text_ += text.size();
    return {text};
  }
  PthValue convert(const PickleSequence& sequence, int depth) {
    PthValue::List list;
    for (const PickleObject* item : sequence.items) list.push_back(grow(item, depth));
    return {std::move(list)};
  }
  PthValue convert(const PickleDict& dict, int depth) {
    PthValue::Dict result;
    for (const auto& [key, value] : dict.items) result.emplace_back(grow(key, depth), grow(value, depth));
    return {std::move(result)};
  }
  PthValue convert(const PickleGlobal& global, int) { fail(file_, ": holds the name ", global.name, " as a value"); }
  PthValue convert(const std::any& made, int) {
    const auto* tensor = std::any_cast<torch::Tensor>(&made);
    if (!tensor) fail(file_, ": holds a bare storage, expected tensors");
    return {*tensor};
  }

  std::string file_;
  size_t values_ = 0, text_ = 0;
};

void check_format(const std::filesystem::path& path) {
  const InputFile file(path);
  const std::string begin = file.read_text(0, std::min<uint64_t>(file.size(), 264));
  const char* advice = "; load it with a recent PyTorch and save it again with torch.save";
  if (begin.starts_with('\x80')) fail(file.name(), ": is in torch's format from before version 1.6", advice);
  if (begin.size() > 262 && begin.substr(257, 5) == "ustar")
    fail(file.name(), ": is in torch's first format (tar)", advice);
  if (!begin.starts_with("PK")) fail(file.name(), ": is no .pth file (zip archive written by torch.save)");
}

}  // namespace

const PthValue* PthValue::find(const std::string& key) const {
  const auto* dict = get_if<Dict>();
  if (!dict) return nullptr;
  const auto found = std::find_if(dict->rbegin(), dict->rend(), [&](const auto& entry) {
    const auto* name = entry.first.template get_if<std::string>();
    return name && *name == key;
  });
  return found == dict->rend() ? nullptr : &found->second;
}

PthValue read_pth(const std::filesystem::path& path) {
  check_format(path);
  const Archive archive(path);
  TorchMachine machine(archive);
  const std::string pickle = archive.text("data.pkl");
  return Grower(archive.name()).grow(machine.run(pickle));
}

TensorMap state_dict_of(const PthValue& value, const std::string& source) {
  const PthValue* state = &value;
  for (const char* wrapper : {"model", "state_dict"}) {
    if (const PthValue* inner = value.find(wrapper); inner && inner->get_if<PthValue::Dict>()) {
      state = inner;
      break;
    }
  }
  const auto* dict = state->get_if<PthValue::Dict>();
  if (!dict) fail(source, ": holds no dictionary of tensors, expected a state_dict, bare or under \"model\"");
  TensorMap tensors;
  for (const auto& [key, entry] : *dict) {
    const auto* name = key.get_if<std::string>();
    const auto* tensor = entry.get_if<torch::Tensor>();
    if (!name || !tensor) {
      fail(source, ": entry ", name ? printable(*name) : "without a name", " is no tensor, expected a state_dict");
    }
    tensors.insert_or_assign(*name, *tensor);
  }
  if (tensors.empty()) fail(source, ": holds no tensors");
  return tensors;
}

namespace {

struct JsonMaker {
  OrderedJson operator()(std::monostate) const { return nullptr; }
  OrderedJson operator()(const torch::Tensor& tensor) const {
    return {{"dtype", find_dtype(tensor.scalar_type())->name}, {"shape", tensor.sizes().vec()}};
  }
  OrderedJson operator()(const PthValue::List& list) const {
    OrderedJson json = OrderedJson::array();
    for (const PthValue& item : list) json.push_back(to_json(item));
    return json;
  }
  OrderedJson operator()(const PthValue::Dict& dict) const {
    OrderedJson json = OrderedJson::object();
    for (const auto& [key, item] : dict) {
      const auto* name = key.get_if<std::string>();
      json[name ? *name : to_json(key).dump()] = to_json(item);
    }
    return json;
  }
  template <class T>
  OrderedJson operator()(const T& plain) const {
    return plain;
  }
};

}  // namespace

OrderedJson to_json(const PthValue& value) {
  return std::visit(JsonMaker{}, value.value);
}

}  // namespace albef
