#include "albef/base/pickle.h"

#include "albef/base/error.h"
#include "albef/base/pickle_text.h"

namespace albef {
namespace {

constexpr uint64_t kMaxProtocol = 5;

enum Operation : unsigned char {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kFloat = 'F',
  kInt = 'I',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kLong = 'L',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kString = 'S',
  kBinString = 'T',
  kShortBinString = 'U',
  kUnicode = 'V',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kAppends = 'e',
  kGet = 'g',
  kBinGet = 'h',
  kInst = 'i',
  kLongBinGet = 'j',
  kList = 'l',
  kPut = 'p',
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

PickleMachine::PickleMachine(std::string name, PickleBounds bounds)
    : input_(std::move(name)), bounds_(std::move(bounds)) {}

PickleObject* PickleMachine::make(PickleObject object) {
  if (objects_.size() >= bounds_.values) refuse(str("more than ", bounds_.values, " values"));
  return &objects_.emplace_back(std::move(object));
}

PickleObject* PickleMachine::run(const std::string& pickle) {
  input_.start(pickle);
  while (true) {
    const auto operation = static_cast<unsigned char>(input_.number(1));
    if (operation == kStop) return pop();
    step(operation);
  }
}

void PickleMachine::step(unsigned char operation) {
  if (operation == kProto) {
    if (const uint64_t protocol = input_.number(1); protocol > kMaxProtocol)
      refuse(str("protocol ", protocol, " is not known"));
  } else if (operation == kFrame) {
    input_.number(8);
  } else if (!push_constant(operation) && !push_string(operation) && !push_line(operation) &&
             !build_container(operation) && !fill_container(operation) && !use_memo(operation) &&
             !call_global(operation)) {
    refuse(str("operation ", static_cast<int>(operation), " is none of plain data; damaged, or no such file"));
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
      push({int64_t{static_cast<int32_t>(input_.number(4))}});
      return true;
    case kBinInt1:
      push({static_cast<int64_t>(input_.number(1))});
      return true;
    case kBinInt2:
      push({static_cast<int64_t>(input_.number(2))});
      return true;
    case kLong1:
      push({input_.long_integer()});
      return true;
    case kBinFloat:
      push({input_.big_endian_double()});
      return true;
    default:
      return false;
  }
}

bool PickleMachine::push_string(unsigned char operation) {
  switch (operation) {
    case kShortBinUnicode:
      push({input_.text(input_.number(1))});
      return true;
    case kBinUnicode:
      push({input_.text(input_.number(4))});
      return true;
    case kBinUnicode8:
      push({input_.text(input_.number(8))});
      return true;
    case kShortBinString:
    case kShortBinBytes:
      push({mended_utf8(input_.bytes(input_.number(1)))});
      return true;
    case kBinString:
    case kBinBytes:
      push({mended_utf8(input_.bytes(input_.number(4)))});
      return true;
    default:
      return false;
  }
}

// Protocol 0 writes values as lines of ASCII.
bool PickleMachine::push_line(unsigned char operation) {
  switch (operation) {
    case kInt: {
      const std::string digits = input_.raw_line();
      const bool is_bool = digits == "00" || digits == "01";
      push(is_bool ? PickleObject{digits == "01"} : PickleObject{input_.decimal<int64_t>(digits)});
      return true;
    }
    case kLong: {
      std::string digits = input_.raw_line();
      if (digits.ends_with('L')) digits.pop_back();
      push({input_.decimal<int64_t>(digits)});
      return true;
    }
    case kFloat:
      push({input_.decimal<double>(input_.raw_line())});
      return true;
    case kString: {
      auto string = unquoted_string(input_.raw_line());
      if (!string) refuse("a string without quotes, or with an escape that is none");
      push({*std::move(string)});
      return true;
    }
    case kUnicode: {
      auto string = unescaped_unicode(input_.raw_line());
      if (!string) refuse("a string with an escape that is none");
      push({*std::move(string)});
      return true;
    }
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
      push_again(top());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::use_memo(unsigned char operation) {
  switch (operation) {
    case kPut:
      remember(input_.decimal<uint64_t>(input_.raw_line()));
      return true;
    case kBinPut:
      remember(input_.number(1));
      return true;
    case kLongBinPut:
      remember(input_.number(4));
      return true;
    case kMemoize:
      remember(memo_.size());
      return true;
    case kGet:
      recall(input_.decimal<uint64_t>(input_.raw_line()));
      return true;
    case kBinGet:
      recall(input_.number(1));
      return true;
    case kLongBinGet:
      recall(input_.number(4));
      return true;
    default:
      return false;
  }
}

// Python numbers the places in the memo as it fills them.
void PickleMachine::remember(uint64_t key) {
  if (key > bounds_.values) refuse(str("place ", key, " in the memo; at most ", bounds_.values, " are allowed"));
  if (key >= memo_.size()) memo_.resize(key + 1);
  memo_[key] = top();
}

void PickleMachine::recall(uint64_t key) {
  if (key >= memo_.size() || !memo_[key]) refuse(str("value ", key, " is used before it is there"));
  push_again(memo_[key]);
}

void PickleMachine::push_again(PickleObject* object) {
  if (++fetched_ > bounds_.values) refuse(str("more than ", bounds_.values, " values are used again"));
  stack_.push_back(object);
}

bool PickleMachine::call_global(unsigned char operation) {
  switch (operation) {
    case kGlobal:
    case kInst: {  // an instance names its class; no class is known
      const std::string module = input_.line();
      push_global(module, input_.line());
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
    refuse("it asks for " + printable(name) + ", which is code and no plain data; " + bounds_.advice);
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
