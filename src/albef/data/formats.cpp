#include "albef/data/formats.h"

#include <algorithm>

namespace albef {

extern const ListFormat picture_folder, shards, parquet_list, json_list;  // each in its own file

constexpr const ListFormat* kFormats[] = {&picture_folder, &shards, &parquet_list, &json_list};

const ListFormat& list_format(const std::string& path) {
  return **std::ranges::find_if(kFormats, [&](const ListFormat* format) { return format->recognises(path); });
}

}  // namespace albef
