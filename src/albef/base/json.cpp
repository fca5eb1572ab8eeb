#include "albef/base/json.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {
namespace {

constexpr int kMaxDepth = 64;

// "[json.exception.parse_error.101] parse error at line 1, column 2: <reason>" -> the reason.
std::string reason(const Json::exception& error) {
  std::string why = error.what();
  if (const auto end = why.find("] "); end != std::string::npos) why.erase(0, end + 2);
  if (const auto colon = why.find(": "); why.starts_with("parse error") && colon != std::string::npos)
    why.erase(0, colon + 2);
  return printable(why, 160);
}

}  // namespace

Json parse_json(const std::string& text, const std::string& name) {
  try {
    return Json::parse(text, [&](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth)
        fail(name, ": lists or objects nested deeper than ", kMaxDepth, "; this is no annotation or settings file");
      return true;
    });
  } catch (const Json::parse_error& error) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) fail(name, ": is empty, expected JSON");
    const size_t before = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());  // `byte` counts the one at fault
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(before), '\n');
    fail(name, ":", line, ": not valid JSON: ", reason(error));
  } catch (const Json::exception& error) {  // a number that no double holds
    fail(name, ": not valid JSON: ", reason(error));
  }
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

std::string json_kind(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "a list" : "an object";
}

}  // namespace albef
