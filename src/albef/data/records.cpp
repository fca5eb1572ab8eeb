#include "albef/data/records.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/utf8.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 18;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

std::string kind_of(char first) {
  if (first == '{') return "an object";
  if (first == '[') return "a list";
  if (first == '"') return "a string";
  if (first == '-' || (first >= '0' && first <= '9')) return "a number";
  if (first == 't' || first == 'f' || first == 'n') return "true, false or null";
  return "no JSON (it starts with \"" + printable(std::string(1, first)) + "\")";
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// The file, character by character.
class Characters {
 public:
  explicit Characters(const fs::path& path) : name_(path.string()), buffer_(kBufferBytes) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) fail(name_, ": no such file");
    if (fs::is_directory(status)) fail(name_, ": is a folder, expected a JSON list of records");
    if (!fs::is_regular_file(status)) fail(name_, ": is a pipe or a device, expected a JSON list of records");
    errno = 0;
    in_.open(path, std::ios::binary);
    if (!in_) fail(name_, ": cannot be opened (", std::strerror(errno), ")");
  }

  /// False at the end of the file.
  bool next(char& c) {
    if (at_ == size_ && !refill()) return false;
    c = buffer_[at_++];
    return true;
  }
  bool next_visible(char& c) {
    while (next(c)) {
      if (!is_space(c)) return true;
    }
    return false;
  }
  const std::string& name() const { return name_; }

 private:
  bool refill() {
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    if (in_.bad()) fail(name_, ": cannot be read (", std::strerror(errno), ")");
    at_ = 0;
    size_ = static_cast<size_t>(in_.gcount());
    return size_ > 0;
  }

  std::string name_;
  std::vector<char> buffer_;
  std::ifstream in_;
  size_t at_ = 0, size_ = 0;
};

/// Reads on behind an object's "{" to its "}"; the text of it goes to `text`, up to kMaxRecordBytes + 1.
void cut_object(Characters& in, uint64_t number, std::string& text) {
  text = "{";
  bool in_string = false, escaped = false;
  for (int depth = 1; depth > 0;) {
    char c;
    if (!in.next(c)) fail(record_name(in.name(), number), " is cut off: the file ends inside it");
    if (text.size() <= kMaxRecordBytes) text += c;
    if (in_string) {
      in_string = escaped || c != '"';
      escaped = !escaped && c == '\\';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxRecordDepth) {
        fail(record_name(in.name(), number), ": lists or objects nested deeper than ", kMaxRecordDepth,
             "; this is no annotation file");
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

Record parse_record(const std::string& file, uint64_t number, const std::string& text) {
  Record record{.number = number};
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

void read_records(const fs::path& path, const std::function<void(const Record&)>& take) {
  Characters in(path);
  char c;
  if (!in.next_visible(c)) fail(in.name(), ": is empty, expected a JSON list of records");
  for (const char mark : {'\xef', '\xbb', '\xbf'}) {  // a byte order mark, which Windows programs write
    if (c == mark && !in.next_visible(c)) fail(in.name(), ": is empty, expected a JSON list of records");
  }
  if (c != '[') fail(in.name(), ": holds ", kind_of(c), ", expected a JSON list of records: [{...}, {...}]");
  std::string text;
  for (uint64_t number = 1;; ++number) {
    if (!in.next_visible(c)) fail(in.name(), ": is cut off after record ", number - 1, ": no closing ]");
    if (number == 1 && c == ']') fail(in.name(), ": the list holds no records");
    if (c != '{') fail(record_name(path, number), " is ", kind_of(c), ", expected an object {\"image\": ...}");
    cut_object(in, number, text);
    take(parse_record(in.name(), number, text));
    if (!in.next_visible(c)) fail(in.name(), ": is cut off after record ", number, ": no closing ]");
    if (c == ']') break;
    if (c != ',') fail(in.name(), ": found ", kind_of(c), " after record ", number, ", expected , or ]");
  }
  if (in.next_visible(c)) fail(in.name(), ": found ", kind_of(c), " behind the end of the list");
}

}  // namespace albef
