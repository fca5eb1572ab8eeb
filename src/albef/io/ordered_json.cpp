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
  size_t keys = 0;
  // Counted as they come: a key that is repeated is one in the end, but was looked up each time.
  return OrderedJson::parse(text, [&](int, OrderedJson::parse_event_t event, OrderedJson&) {
    if (event == OrderedJson::parse_event_t::key && ++keys > kMaxKeys)
      fail(path.string(), ": more than ", kMaxKeys,
           " keys; this is no checkpoint's state and no model's configuration");
    return true;
  });
}

}  // namespace albef
