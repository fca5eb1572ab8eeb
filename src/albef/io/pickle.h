// The pickle format as data: a stack machine for the operations that torch.save writes (protocols 2 to 5). It runs no
// code. A call is made only to the names that the deriving class knows; any other name is refused.
// https://docs.python.org/3/library/pickletools.html
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace albef {

struct PickleObject;

struct PickleSequence {
  std::vector<PickleObject*> items;
  bool fixed = false;  ///< a tuple
};
struct PickleDict {
  std::vector<std::pair<PickleObject*, PickleObject*>> items;  ///< in order; a key may come again, the last counts
};
struct PickleGlobal {
  std::string name;  ///< "module.attribute"
};
struct PickleStorage {
  torch::Tensor flat;  ///< one-dimensional, all of the storage
};

/// Objects may share others and even hold themselves, as in Python; the machine owns them all.
struct PickleObject {
  std::variant<std::monostate, bool, int64_t, double, std::string, PickleSequence, PickleDict, PickleGlobal,
               PickleStorage, torch::Tensor>
      value;
};

class PickleMachine {
 public:
  /// `name` (of the file) is for messages.
  explicit PickleMachine(std::string name) : file_(std::move(name)) {}
  virtual ~PickleMachine() = default;

  /// What the pickle describes; lives as long as the machine. Throws Error with the byte where it goes wrong.
  PickleObject* run(const std::string& pickle);

 protected:
  virtual bool knows(const std::string& global) const = 0;
  virtual PickleObject* call(const std::string& global, const std::vector<PickleObject*>& arguments) = 0;
  virtual PickleObject* persistent(const PickleObject* id) = 0;

  PickleObject* make(PickleObject object);
  [[noreturn]] void refuse(const std::string& why) const;
  const std::string& file() const { return file_; }

 private:
  void step(unsigned char operation);
  bool push_constant(unsigned char operation);
  bool build_container(unsigned char operation);
  bool fill_container(unsigned char operation);
  bool use_memo(unsigned char operation);
  bool call_global(unsigned char operation);

  uint64_t number(int bytes);  ///< little-endian
  std::string text(uint64_t bytes);
  std::string line();
  int64_t long_integer();
  double big_endian_double();

  void push(PickleObject object) { stack_.push_back(make(std::move(object))); }
  PickleObject* top() const;
  PickleObject* pop();
  std::vector<PickleObject*> pop(size_t count);
  std::vector<PickleObject*> pop_to_mark();
  void push_global(const std::string& module, const std::string& attribute);
  void append(const std::vector<PickleObject*>& items);
  void set(const std::vector<PickleObject*>& items);

  std::string file_;
  const std::string* pickle_ = nullptr;
  uint64_t at_ = 0;
  std::deque<PickleObject> objects_;
  std::vector<PickleObject*> stack_;
  std::vector<size_t> marks_;  ///< heights of the stack
  std::unordered_map<uint64_t, PickleObject*> memo_;
};

}  // namespace albef
