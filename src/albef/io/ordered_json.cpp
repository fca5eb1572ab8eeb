#include "albef/io/ordered_json.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{16} << 20;
constexpr size_t kMaxKeys = size_t{1} << 15;

size_t most_keys(const Json& value) {  // no deeper than parse_json lets it be
  size_t most = value.is_object() ? value.size() : 0;
  if (value.is_structured()) {
    for (const Json& item : value) most = std::max(most, most_keys(item));
  }
  return most;
}

}  // namespace

OrderedJson read_ordered_json(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxBytes);
  const size_t keys = most_keys(parse_json(text, path.string()));
  if (keys > kMaxKeys) fail(path.string(), ": an object of ", keys, " keys, at most ", kMaxKeys, " are read");
  return OrderedJson::parse(text);
}

}  // namespace albef
