#include "albef/io/pickle.h"

#include <bit>

#include "albef/base/error.h"
#include "albef/base/utf8.h"

namespace albef {
namespace {

constexpr size_t kMaxObjects = size_t{1} << 22;  // a checkpoint of a thousand tensors makes about twenty thousand
constexpr uint64_t kMaxProtocol = 5;

enum Operation : unsigned char {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kList = 'l',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kBinFloat = 'G',
  kProto = 0x80,
  kNewObj = 0x81,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

}  // namespace

void PickleMachine::refuse(const std::string& why) const {
  fail(file_, ": its pickle, byte ", at_, ": ", why);
}

PickleObject* PickleMachine::make(PickleObject object) {
  if (objects_.size() >= kMaxObjects) refuse(str("more than ", kMaxObjects, " values; this is no checkpoint"));
  return &objects_.emplace_back(std::move(object));
}

PickleObject* PickleMachine::run(const std::string& pickle) {
  pickle_ = &pickle;
  at_ = 0;
  while (true) {
    const auto operation = static_cast<unsigned char>(number(1));
    if (operation == kStop) return pop();
    step(operation);
  }
}

void PickleMachine::step(unsigned char operation) {
  if (operation == kProto) {
    if (const uint64_t protocol = number(1); protocol > kMaxProtocol)
      refuse(str("protocol ", protocol, " is not known"));
  } else if (operation == kFrame) {
    number(8);
  } else if (!push_constant(operation) && !build_container(operation) && !fill_container(operation) &&
             !use_memo(operation) && !call_global(operation)) {
    refuse(str("operation ", static_cast<int>(operation),
               " is not one that a checkpoint needs; damaged, or not from torch.save"));
  }
}

bool PickleMachine::push_constant(unsigned char operation) {
  switch (operation) {
    case kNone:
      push({});
      return true;
    case kNewTrue:
      push({true});
      return true;
    case kNewFalse:
      push({false});
      return true;
    case kBinInt:
      push({int64_t{static_cast<int32_t>(number(4))}});
      return true;
    case kBinInt1:
      push({static_cast<int64_t>(number(1))});
      return true;
    case kBinInt2:
      push({static_cast<int64_t>(number(2))});
      return true;
    case kLong1:
      push({long_integer()});
      return true;
    case kBinFloat:
      push({big_endian_double()});
      return true;
    case kShortBinUnicode:
      push({text(number(1))});
      return true;
    case kBinUnicode:
      push({text(number(4))});
      return true;
    case kBinUnicode8:
      push({text(number(8))});
      return true;
    default:
      return false;
  }
}

bool PickleMachine::build_container(unsigned char operation) {
  const auto tuple = [this](std::vector<PickleObject*> items) { push({PickleSequence{std::move(items), true}}); };
  switch (operation) {
    case kEmptyDict:
      push({PickleDict{}});
      return true;
    case kEmptyList:
    case kEmptySet:
      push({PickleSequence{}});
      return true;
    case kEmptyTuple:
      tuple({});
      return true;
    case kTuple1:
      tuple(pop(1));
      return true;
    case kTuple2:
      tuple(pop(2));
      return true;
    case kTuple3:
      tuple(pop(3));
      return true;
    case kTuple:
    case kFrozenSet:
      tuple(pop_to_mark());
      return true;
    case kList:
      push({PickleSequence{pop_to_mark()}});
      return true;
    case kDict: {
      const auto items = pop_to_mark();
      push({PickleDict{}});
      set(items);
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::fill_container(unsigned char operation) {
  switch (operation) {
    case kMark:
      marks_.push_back(stack_.size());
      return true;
    case kAppend:
      append(pop(1));
      return true;
    case kAppends:
    case kAddItems:
      append(pop_to_mark());
      return true;
    case kSetItem:
      set(pop(2));
      return true;
    case kSetItems:
      set(pop_to_mark());
      return true;
    case kPop:
      pop();
      return true;
    case kPopMark:
      pop_to_mark();
      return true;
    case kDup:
      stack_.push_back(top());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::use_memo(unsigned char operation) {
  const auto get = [this](uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) refuse(str("value ", key, " is used before it is there"));
    stack_.push_back(found->second);
  };
  switch (operation) {
    case kBinPut:
      memo_[number(1)] = top();
      return true;
    case kLongBinPut:
      memo_[number(4)] = top();
      return true;
    case kMemoize:
      memo_[memo_.size()] = top();
      return true;
    case kBinGet:
      get(number(1));
      return true;
    case kLongBinGet:
      get(number(4));
      return true;
    default:
      return false;
  }
}

bool PickleMachine::call_global(unsigned char operation) {
  switch (operation) {
    case kGlobal: {
      const std::string module = line();
      push_global(module, line());
      return true;
    }
    case kStackGlobal: {
      const auto names = pop(2);
      const auto* module = std::get_if<std::string>(&names[0]->value);
      const auto* attribute = std::get_if<std::string>(&names[1]->value);
      if (!module || !attribute) refuse("a name is no string");
      push_global(*module, *attribute);
      return true;
    }
    case kReduce:
    case kNewObj: {
      const auto parts = pop(2);
      const auto* global = std::get_if<PickleGlobal>(&parts[0]->value);
      const auto* arguments = std::get_if<PickleSequence>(&parts[1]->value);
      if (!global || !arguments) refuse("a call of what is no name, or with what are no arguments");
      stack_.push_back(call(global->name, arguments->items));
      return true;
    }
    case kBuild:  // an OrderedDict's attributes (torch's _metadata): of no use to us
      pop();
      if (!std::holds_alternative<PickleDict>(top()->value)) refuse("attributes for a value that has none");
      return true;
    case kBinPersId:
      stack_.push_back(persistent(pop()));
      return true;
    default:
      return false;
  }
}

uint64_t PickleMachine::number(int bytes) {
  if (pickle_->size() - at_ < static_cast<uint64_t>(bytes)) refuse("it ends in the middle of a value");
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= uint64_t{static_cast<unsigned char>((*pickle_)[at_++])} << (8 * i);
  return value;
}

std::string PickleMachine::text(uint64_t bytes) {
  if (pickle_->size() - at_ < bytes) refuse("it ends in the middle of a string");
  std::string result = pickle_->substr(at_, bytes);
  if (utf8_error(result) != std::string::npos) refuse("a string is not valid UTF-8");
  at_ += bytes;
  return result;
}

std::string PickleMachine::line() {
  const size_t end = pickle_->find('\n', at_);
  if (end == std::string::npos) refuse("it ends in the middle of a name");
  std::string result = text(end - at_);
  ++at_;
  return result;
}

int64_t PickleMachine::long_integer() {
  const auto bytes = static_cast<int>(number(1));
  if (bytes > 8) refuse(str("a whole number of ", bytes, " bytes; at most 8 can be read"));
  if (bytes == 0) return 0;
  const int unused = 64 - 8 * bytes;
  return static_cast<int64_t>(number(bytes) << unused) >> unused;  // two's complement: the sign spreads
}

double PickleMachine::big_endian_double() {
  uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | number(1);
  return std::bit_cast<double>(bits);
}

PickleObject* PickleMachine::top() const {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) refuse("a value is missing");
  return stack_.back();
}

PickleObject* PickleMachine::pop() {
  PickleObject* object = top();
  stack_.pop_back();
  return object;
}

std::vector<PickleObject*> PickleMachine::pop(size_t count) {
  std::vector<PickleObject*> items(count);
  for (size_t i = count; i-- > 0;) items[i] = pop();
  return items;
}

std::vector<PickleObject*> PickleMachine::pop_to_mark() {
  if (marks_.empty()) refuse("the begin of a list is missing");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleObject*> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleMachine::push_global(const std::string& module, const std::string& attribute) {
  const std::string name = module + "." + attribute;
  if (!knows(name)) {
    refuse("it asks for " + printable(name) +
           ", which is code and no plain data; load it in Python and save the state_dict alone with torch.save");
  }
  push({PickleGlobal{name}});
}

void PickleMachine::append(const std::vector<PickleObject*>& items) {
  auto* list = std::get_if<PickleSequence>(&top()->value);
  if (!list || list->fixed) refuse("an item for what is no list");
  list->items.insert(list->items.end(), items.begin(), items.end());
}

void PickleMachine::set(const std::vector<PickleObject*>& items) {
  auto* dict = std::get_if<PickleDict>(&top()->value);
  if (!dict || items.size() % 2) refuse("a key and value for what is no dictionary");
  for (size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
}

}  // namespace albef
