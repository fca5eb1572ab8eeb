#include "albef/data/records.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/utf8.h"
#include "albef/data/json_cutter.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr const char* kExpected = "a JSON list of records";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

Record parse_record(const std::string& file, const std::string& list, uint64_t number, const std::string& text) {
  Record record{.number = number, .list = list};
  record.oversize = text.size() > kMaxRecordBytes;
  if (record.oversize) return record;
  const bool plain = text.find("\\u") == std::string::npos && utf8_error(text) == std::string_view::npos;
  try {
    record.value = parse_like_python(plain ? text : mend_utf8(text, record.mended));
  } catch (const Json::exception& error) {
    fail(record_name(file, number), ": not valid JSON: ", json_fault(error));
  }
  return record;
}

/// The code unit of an escape "\uXXXX" at `at`, or -1 where there is none.
int escaped_unit(std::string_view json, size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return -1;
  int unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const auto digit = std::string_view("0123456789abcdef").find(static_cast<char>(json[i] | 0x20));
    if (digit == std::string_view::npos) return -1;
    unit = unit * 16 + static_cast<int>(digit);
  }
  return unit;
}

bool is_high(int unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(int unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

/// Bytes of the piece of JSON text at `at` that is to be kept whole, or 0 and the bytes to be replaced in `broken`.
size_t piece_length(std::string_view json, size_t at, size_t& broken) {
  broken = 1;
  if (json[at] != '\\') return utf8_length(json, at);
  const int unit = escaped_unit(json, at);
  if (unit < 0) return at + 1 < json.size() && static_cast<unsigned char>(json[at + 1]) < 0x80 ? 2 : 1;
  if (is_high(unit) && is_low(escaped_unit(json, at + 6))) return 12;
  broken = 6;
  return is_high(unit) || is_low(unit) ? 0 : 6;
}

/// One file from front to back.
class Reader {
 public:
  /// `take` says whether to go on.
  Reader(const fs::path& path, std::function<bool(const Record&)> take)
      : in_(path.string(), kExpected), take_(std::move(take)) {}

  Json read() {
    char c;
    if (!in_.first(c)) fail(in_.name(), ": is empty, expected ", kExpected);
    if (c == '{') return lists_or_lines();
    if (c != '[') fail(in_.name(), ": holds ", json_kind_of(c), ", expected a JSON list of records: [{...}, {...}]");
    list("");
    if (go_on_ && in_.next_visible(c)) fail(in_.name(), ": found ", json_kind_of(c), " behind the end of the list");
    return nullptr;
  }

 private:
  void list(const std::string& name) {  // behind its "["
    char c;
    for (uint64_t number = 1;; ++number) {
      if (!in_.next_visible(c)) fail(in_.name(), ": is cut off after record ", number - 1, ": no closing ]");
      if (number == 1 && c == ']') fail(in_.name(), ": the list holds no records");
      if (c != '{')
        fail(record_name(in_.name(), number), " is ", json_kind_of(c), ", expected an object {\"image\": ...}");
      record(name, number);
      if (!go_on_) return;
      if (!in_.next_visible(c)) fail(in_.name(), ": is cut off after record ", number, ": no closing ]");
      if (c == ']') return;
      if (c != ',') fail(in_.name(), ": found ", json_kind_of(c), " after record ", number, ", expected , or ]");
    }
  }

  void record(const std::string& list, uint64_t number) {  // behind its "{"
    text_ = "{";
    JsonCutter cut(in_, text_);
    cut.number = number;
    cut.nested(1);
    go_on_ = take_(parse_record(in_.name(), list, number, text_));
  }

  Json lists_or_lines() {  // behind the first "{"
    std::string text;
    const bool held_lists = object(text);
    const auto first = parse_record(in_.name(), "", 1, text);
    char c;
    if (held_lists) {
      if (first.oversize) fail(in_.name(), ": what stands beside its lists is longer than ", kMaxRecordBytes, " bytes");
      if (go_on_ && in_.next_visible(c)) fail(in_.name(), ": found ", json_kind_of(c), " behind the end of the object");
      return first.value;
    }
    go_on_ = take_(first);
    for (uint64_t number = 2; go_on_ && in_.next_visible(c); ++number) {
      if (c != '{')
        fail(in_.name(), ": found ", json_kind_of(c), " after record ", number - 1, ", expected another {...}");
      record("", number);
    }
    return nullptr;
  }

  // Whether lists of records were in it, which are taken as they come and are null in `text`.
  bool object(std::string& text) {
    JsonCutter cut(in_, text);
    bool held_lists = false;
    cut.add('{');
    char c = cut.next_visible();
    while (c != '}') {
      const size_t begin = text.size();
      if (c != '"') not_valid(c, "a name in quotation marks");
      cut.value(c);
      const auto name = text.substr(begin);
      if ((c = cut.next_visible()) != ':') not_valid(c, ":");
      cut.add(c);
      if (const char first = cut.next_visible(); first == '[' && is_list_name(name) && cut.next_visible() == '{') {
        in_.back();
        list(name.substr(1, name.size() - 2));
        held_lists = true;
        if (!go_on_) {
          text.resize(begin);  // without the name, and the comma before it
          if (text.back() == ',') text.pop_back();
          break;
        }
        text += "null";
      } else {
        if (first == '[' && is_list_name(name)) in_.back();
        cut.value(first);
      }
      if ((c = cut.next_visible()) != ',') break;
      cut.add(c);
      c = cut.next_visible();
    }
    if (go_on_ && c != '}') not_valid(c, ", or }");
    cut.add('}');
    return held_lists;
  }

  static bool is_list_name(const std::string& quoted) {
    return std::ranges::any_of(kListNames, [&](auto known) { return quoted == str('"', known, '"'); });
  }

  [[noreturn]] void not_valid(char found, const char* expected) const {
    fail(record_name(in_.name(), 1), ": not valid JSON: found ", json_kind_of(found), ", expected ", expected);
  }

  JsonCharacters in_;
  std::function<bool(const Record&)> take_;
  std::string text_;  // of the record under way
  bool go_on_ = true;
};

}  // namespace

std::string record_name(const fs::path& path, uint64_t number) {
  return str(path.string(), ": record ", number);
}

std::string mend_utf8(std::string_view json, bool& mended) {
  std::string out;
  out.reserve(json.size());
  for (size_t at = 0; at < json.size();) {
    size_t broken;
    const size_t length = piece_length(json, at, broken);
    if (length == 0) {
      mended = true;
      out += kReplacement;
    }
    out += json.substr(at, length);
    at += length > 0 ? length : broken;
  }
  return out;
}

Json read_records(const fs::path& path, const std::function<void(const Record&)>& take) {
  return Reader(path,
                [&](const Record& record) {
                  take(record);
                  return true;
                })
      .read();
}

FirstRecord first_record(const fs::path& path) {
  FirstRecord first;
  first.beside = Reader(path, [&](const Record& record) {
                   first.record = record;
                   return false;
                 }).read();
  return first;
}

}  // namespace albef
