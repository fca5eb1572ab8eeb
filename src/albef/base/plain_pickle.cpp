#include "albef/base/plain_pickle.h"

#include <cmath>
#include <fstream>
#include <unordered_set>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/pickle.h"

namespace albef {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{128} << 20;
constexpr size_t kMaxValues = size_t{1} << 23;
constexpr size_t kMaxText = size_t{256} << 20;
constexpr int kMaxDepth = 64;

class PlainMachine : public PickleMachine {
 public:
  explicit PlainMachine(const std::string& name)
      : PickleMachine(name, {kMaxValues, "load it in Python and write it with the json module"}) {}

 protected:
  bool knows(const std::string&) const override { return false; }
  PickleObject* call(const std::string& global, const std::vector<PickleObject*>&) override {
    refuse(printable(global) + " cannot be called");
  }
  PickleObject* persistent(const PickleObject*) override { refuse("a value that is kept outside of the file"); }
};

/// Makes a tree of the machine's objects, which may share or contain each other.
class JsonGrower {
 public:
  explicit JsonGrower(std::string file) : file_(std::move(file)) {}

  OrderedJson grow(const PickleObject* object, int depth = 0) {
    if (depth > kMaxDepth) fail(file_, ": values nested deeper than ", kMaxDepth, ", or one that holds itself");
    if (++values_ > kMaxValues) fail(file_, ": more than ", kMaxValues, " values");
    return std::visit([&](const auto& value) { return convert(value, depth + 1); }, object->value);
  }

 private:
  OrderedJson convert(std::monostate, int) { return nullptr; }
  OrderedJson convert(bool value, int) { return value; }
  OrderedJson convert(int64_t value, int) { return value; }
  OrderedJson convert(double value, int) {
    if (!std::isfinite(value)) fail(file_, ": holds a number that is not finite");
    return value;
  }
  OrderedJson convert(const std::string& text, int) {
    count(text);
    return text;
  }
  OrderedJson convert(const PickleSequence& sequence, int depth) {
    OrderedJson::array_t list;
    list.reserve(std::min(sequence.items.size(), kMaxValues - values_));
    for (const PickleObject* item : sequence.items) list.push_back(grow(item, depth));
    return list;
  }
  OrderedJson convert(const PickleDict& dict, int depth) {
    OrderedJson::object_t object;  // its own look-up goes through all keys
    std::unordered_set<std::string> keys;
    for (const auto& [key, value] : dict.items) {
      const std::string name = key_text(key);
      if (!keys.insert(name).second) fail(file_, ": a dictionary with two keys ", printable(name));
      object.emplace_back(name, grow(value, depth));
    }
    return object;
  }
  OrderedJson convert(const PickleGlobal&, int) { fail(file_, ": holds a name as a value"); }
  OrderedJson convert(const std::any&, int) { fail(file_, ": holds what is no plain data"); }

  void count(const std::string& text) {
    text_ += text.size();
    if (text_ > kMaxText) fail(file_, ": more than ", kMaxText, " bytes of text");
  }

  std::string key_text(const PickleObject* key) {
    const bool is_scalar = !std::holds_alternative<PickleSequence>(key->value) &&  // a tuple
                           !std::holds_alternative<PickleDict>(key->value);
    if (!is_scalar) fail(file_, ": a dictionary whose keys are no strings or numbers");
    const OrderedJson json = grow(key);
    const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
    count(text);
    return text;
  }

  std::string file_;
  size_t values_ = 0, text_ = 0;
};

}  // namespace

bool is_pickle(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  char begin[3] = {};
  in.read(begin, sizeof begin);
  const auto third_is = [&](const std::string& operations) {
    return begin[2] && operations.find(begin[2]) != std::string::npos;
  };
  switch (begin[0]) {
    case '\x80':
      return begin[1] >= 2 && begin[1] <= 5;
    case '(':  // protocol 0: a list or dictionary of what is on the stack since the mark, then its memo or first item
      return (begin[1] == 'l' || begin[1] == 'd') && third_is("p.(IFSVLN");
    case ']':
    case '}':  // protocol 1: an empty one, then its memo, the mark before items, or the end
      return begin[1] && std::string("qr(.").find(begin[1]) != std::string::npos;
    default:
      return false;
  }
}

OrderedJson read_plain_pickle(const std::filesystem::path& path) {
  const std::string pickle = read_file(path, kMaxBytes);
  PlainMachine machine(path.string());
  const PickleObject* value = machine.run(pickle);
  return JsonGrower(path.string()).grow(value);
}

}  // namespace albef
