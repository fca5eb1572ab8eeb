// The formats that lists of pictures with captions come in, each a file of its own. A new one is such a file and its
// name in the table of formats.cpp.
#pragma once
#include <string>
#include <vector>

#include "albef/data/pair_collector.h"

namespace albef {

/// Which of ListOptions a format reads, beside those that all do.
struct OptionsTaken {
  bool image = false, caption = false, separator = false, header = false, regions = false, timeout = false;
};

struct ListFormat {
  bool (*recognises)(const std::string& path);  ///< by what lies there, or by the name
  /// Hands the records of all files of an entry to `pairs`, begin_source() first for each. Throws Error naming file and
  /// record for what is missing, empty or of the wrong type.
  void (*read)(const std::vector<std::string>& paths, PairCollector& pairs);
  const char* name;  ///< for messages: "a JSON list"
  OptionsTaken takes;
};

/// Of a format whose files are read one by one.
template <void (*read)(const std::string& path, PairCollector& pairs)>
void read_each(const std::vector<std::string>& paths, PairCollector& pairs) {
  for (const std::string& path : paths) read(path, pairs);
}

/// The first of the table that recognises `path`; the last, JSON, takes all, and tells what is wrong as it reads.
const ListFormat& list_format(const std::string& path);

/// Error for an option that is set and that `format`, which reads the entry, would pass over.
void check_options(const ListOptions& list, const ListFormat& format);

}  // namespace albef
