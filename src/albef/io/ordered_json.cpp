#include "albef/io/ordered_json.h"

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{16} << 20;
constexpr size_t kMaxKeys = size_t{1} << 15;

}  // namespace

OrderedJson read_ordered_json(const std::filesystem::path& path) {
  return parse_ordered_json(read_file(path, kMaxBytes), path.string());
}

OrderedJson parse_ordered_json(const std::string& text, const std::string& name) {
  if (text.size() > kMaxBytes) fail(name, ": ", text.size(), " bytes long, at most ", kMaxBytes, " are read");
  parse_json(text, name);  // whatever is no JSON, or nested too deep, ends here
  size_t keys = 0;  // counted as they come: a key that is repeated is one in the end, but would be looked up each time
  try {
    [[maybe_unused]] const Json parsed = Json::parse(text, [&](int, Json::parse_event_t event, Json&) {
      keys += event == Json::parse_event_t::key;
      return true;
    });
    if (keys > kMaxKeys) {
      fail(name, ": ", keys, " keys, at most ", kMaxKeys,
           " are read; this is no checkpoint's state and no model's configuration");
    }
    return OrderedJson::parse(text);
  } catch (const Json::exception& error) {  // NaN and other numbers that only parse_json takes
    fail(name, ": not valid JSON: ", json_fault(error));
  }
}

}  // namespace albef
