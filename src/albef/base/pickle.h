// The pickle format as data: a stack machine for the operations that plain values and torch.save need (protocols 0 to
// 5). It runs no code. A call is made only to the names that the deriving class knows; any other name is refused.
// https://docs.python.org/3/library/pickletools.html
#pragma once
#include <any>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "albef/base/pickle_input.h"

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

/// Objects may share others and even hold themselves, as in Python; the machine owns them all.
struct PickleObject {
  /// `any` is what the deriving class made of a call or of a persistent id.
  std::variant<std::monostate, bool, int64_t, double, std::string, PickleSequence, PickleDict, PickleGlobal, std::any>
      value;
};

/// Of a file that holds something else than it should.
struct PickleBounds {
  size_t values;  ///< as many may be made, and as many fetched from the memo: memory is at most some 100 bytes each
  std::string advice;  ///< what to do about a name that is refused
};

class PickleMachine {
 public:
  /// `name` (of the file) is for messages.
  PickleMachine(std::string name, PickleBounds bounds);
  virtual ~PickleMachine() = default;

  /// What the pickle describes; lives as long as the machine. Throws Error with the byte where it goes wrong.
  PickleObject* run(const std::string& pickle);

 protected:
  virtual bool knows(const std::string& global) const = 0;
  virtual PickleObject* call(const std::string& global, const std::vector<PickleObject*>& arguments) = 0;
  virtual PickleObject* persistent(const PickleObject* id) = 0;

  PickleObject* make(PickleObject object);
  [[noreturn]] void refuse(const std::string& why) const { input_.refuse(why); }
  const std::string& file() const { return input_.file(); }

 private:
  void step(unsigned char operation);
  bool push_constant(unsigned char operation);
  bool push_string(unsigned char operation);
  bool push_line(unsigned char operation);
  bool build_container(unsigned char operation);
  bool fill_container(unsigned char operation);
  bool use_memo(unsigned char operation);
  bool call_global(unsigned char operation);

  void push(PickleObject object) { stack_.push_back(make(std::move(object))); }
  void push_again(PickleObject* object);
  void remember(uint64_t key);
  void recall(uint64_t key);
  PickleObject* top() const;
  PickleObject* pop();
  std::vector<PickleObject*> pop(size_t count);
  std::vector<PickleObject*> pop_to_mark();
  void push_global(const std::string& module, const std::string& attribute);
  void append(const std::vector<PickleObject*>& items);
  void set(const std::vector<PickleObject*>& items);

  PickleInput input_;
  PickleBounds bounds_;
  std::deque<PickleObject> objects_;
  std::vector<PickleObject*> stack_;
  std::vector<size_t> marks_;        ///< heights of the stack
  std::vector<PickleObject*> memo_;  ///< null where nothing is
  size_t fetched_ = 0;
};

}  // namespace albef
