#include "albef/data/json_cutter.h"

#include <cerrno>
#include <cstring>

#include "albef/base/error.h"
#include "albef/data/list_file.h"
#include "albef/data/records.h"

namespace albef {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 18;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::string json_kind_of(char first) {
  if (first == '{') return "an object";
  if (first == '[') return "a list";
  if (first == '"') return "a string";
  if (first == '-' || (first >= '0' && first <= '9')) return "a number";
  if (first == 't' || first == 'f' || first == 'n') return "true, false or null";
  return "no JSON (it starts with \"" + printable(std::string(1, first)) + "\")";
}

JsonCharacters::JsonCharacters(const std::string& path, const char* expected)
    : name_(path), buffer_(kBufferBytes), in_(open_list(path, expected)) {}

bool JsonCharacters::next_visible(char& c) {
  while (next(c)) {
    if (!is_space(c)) return true;
  }
  return false;
}

bool JsonCharacters::first(char& c) {
  if (!next_visible(c)) return false;
  for (const char mark : {'\xef', '\xbb', '\xbf'}) {  // a byte order mark, which Windows programs write
    if (c == mark && !next_visible(c)) return false;
  }
  return true;
}

bool JsonCharacters::refill() {
  in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (in_.bad()) fail(name_, ": cannot be read (", std::strerror(errno), ")");
  at_ = 0;
  size_ = static_cast<size_t>(in_.gcount());
  return size_ > 0;
}

void JsonCutter::value(char first) {
  add(first);
  if (first == '"') return string();
  if (first == '{' || first == '[') return nested(2);
  for (char c = next(); c != ',' && c != '}' && c != ']' && !is_space(c); c = next()) add(c);
  in_.back();
}

void JsonCutter::nested(int depth) {
  const int outer = depth - 1;
  while (depth > outer) {
    const char c = next();
    add(c);
    if (c == '"') {
      string();
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxRecordDepth) {
        fail(record_name(in_.name(), number), ": lists or objects nested deeper than ", kMaxRecordDepth,
             "; this is no annotation file");
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

void JsonCutter::string() {
  bool escaped = false;
  for (char c = next();; c = next()) {
    add(c);
    if (c == '"' && !escaped) return;
    escaped = !escaped && c == '\\';
  }
}

char JsonCutter::next() {
  char c;
  if (!in_.next(c)) fail(record_name(in_.name(), number), " is cut off: the file ends inside it");
  return c;
}

char JsonCutter::next_visible() {
  char c = next();
  while (is_space(c)) c = next();
  return c;
}

}  // namespace albef
