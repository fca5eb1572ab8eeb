// The one table of the formats that lists of pictures with captions come in. A new one is a reader and a line here.
#pragma once
#include <span>
#include <string>

#include "albef/data/pair_collector.h"

namespace albef {

struct ListFormat {
  const char* name;                             ///< for messages
  bool (*recognises)(const std::string& path);  ///< by what lies there or by the name
  /// Hands the list's records to `pairs`, begin_source() first. Throws Error naming file and record for what is
  /// missing, empty or of the wrong type.
  void (*read)(const std::string& path, PairCollector& pairs);
};

std::span<const ListFormat> list_formats();

/// The first of the table that recognises `path`. The last takes all, and tells what is wrong when it reads.
const ListFormat& list_format(const std::string& path);

void read_picture_folder(const std::string& folder, PairCollector& pairs);
void read_json_list(const std::string& path, PairCollector& pairs);

}  // namespace albef
