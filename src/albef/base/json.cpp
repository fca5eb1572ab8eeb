#include "albef/base/json.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {
namespace {

constexpr int kMaxDepth = 64;

}  // namespace

Json parse_json(const std::string& text, const std::string& name) {
  try {
    return Json::parse(text, [&](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth) fail(name, ": lists or objects nested deeper than ", kMaxDepth, "; this is no annotation or settings file");
      return true;
    });
  } catch (const Json::parse_error& error) {
    const size_t at = std::min(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    std::string why = error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: <reason>"
    if (const auto colon = why.find(": "); colon != std::string::npos) why.erase(0, colon + 2);
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) fail(name, ": is empty, expected JSON");
    fail(name, ":", line, ": not valid JSON: ", printable(why, 160));
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

std::string json_kind(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "a list" : "an object";
}

}  // namespace albef
