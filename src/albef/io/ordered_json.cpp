#include "albef/io/ordered_json.h"

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{16} << 20;
constexpr size_t kMaxKeys = size_t{1} << 15;

}  // namespace

OrderedJson read_ordered_json(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxBytes);
  parse_json(text, path.string());  // whatever is no JSON, or nested too deep, ends here
  size_t keys = 0;  // counted as they come: a key that is repeated is one in the end, but would be looked up each time
  try {
    [[maybe_unused]] const Json parsed = Json::parse(text, [&](int, Json::parse_event_t event, Json&) {
      keys += event == Json::parse_event_t::key;
      return true;
    });
    if (keys > kMaxKeys) {
      fail(path.string(), ": ", keys, " keys, at most ", kMaxKeys,
           " are read; this is no checkpoint's state and no model's configuration");
    }
    return OrderedJson::parse(text);
  } catch (const Json::exception& error) {  // NaN and other numbers that only parse_json takes
    fail(path.string(), ": not valid JSON: ", json_fault(error));
  }
}

}  // namespace albef
