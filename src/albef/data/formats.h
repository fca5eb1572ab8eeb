// The formats that lists of pictures with captions come in, each a file of its own. A new one is such a file and its
// name in the table of formats.cpp.
#pragma once
#include <string>

#include "albef/data/pair_collector.h"

namespace albef {

struct ListFormat {
  bool (*recognises)(const std::string& path);  ///< by what lies there, or by the name
  /// Hands the list's records to `pairs`, begin_source() first. Throws Error naming file and record for what is
  /// missing, empty or of the wrong type.
  void (*read)(const std::string& path, PairCollector& pairs);
};

/// The first of the table that recognises `path`; the last, JSON, takes all, and tells what is wrong as it reads.
const ListFormat& list_format(const std::string& path);

}  // namespace albef
