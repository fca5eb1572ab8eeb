#include "albef/data/formats.h"

#include <algorithm>

#include "albef/base/error.h"

namespace albef {

// each in its own file
extern const ListFormat picture_folder, shards, parquet_list, delimited_list, sbu_list, json_list;

constexpr const ListFormat* kFormats[] = {&picture_folder, &shards,   &parquet_list,
                                          &delimited_list, &sbu_list, &json_list};

const ListFormat& list_format(const std::string& path) {
  return **std::ranges::find_if(kFormats, [&](const ListFormat* format) { return format->recognises(path); });
}

void check_options(const ListOptions& list, const ListFormat& format) {
  const ListOptions defaults;
  const auto check = [&](const char* option, const auto ListOptions::*value, bool OptionsTaken::*taken) {
    if (list.*value == defaults.*value || format.takes.*taken) return;
    std::string others;
    for (const ListFormat* other : kFormats) {
      if (other->takes.*taken) others += (others.empty() ? "" : " or ") + std::string(other->name);
    }
    fail(list.source, ": is ", format.name, ", which knows no ", option, others.empty() ? "" : "; it is for " + others);
  };
  check("image", &ListOptions::image, &OptionsTaken::image);
  check("caption", &ListOptions::caption, &OptionsTaken::caption);
  check("separator", &ListOptions::separator, &OptionsTaken::separator);
  check("header", &ListOptions::header, &OptionsTaken::header);
  check("regions", &ListOptions::regions, &OptionsTaken::regions);
  check("timeout", &ListOptions::timeout, &OptionsTaken::timeout);
}

}  // namespace albef
