// Streams the records of a JSON list, as annotation files are: [{...}, {...}, ...]. The file is never held as a whole:
// one record at a time is cut out and parsed, so memory stays at one record and a hostile file is refused at its first
// wrong byte.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "albef/base/json.h"

namespace albef {

struct Record {
  uint64_t number = 0;    ///< 1 for the first of the file
  Json value = {};        ///< an object; null if oversize
  bool mended = false;    ///< broken UTF-8 was replaced by U+FFFD somewhere in it
  bool oversize = false;  ///< longer than kMaxRecordBytes: its text was passed over
};

inline constexpr size_t kMaxRecordBytes = size_t{16} << 20;
inline constexpr int kMaxRecordDepth = 64;  ///< lists and objects within each other

/// Calls `take` for each record in turn. Throws Error, naming the file and the record, if the file is missing, empty,
/// no JSON list, cut off, nested too deeply, or holds an element that is no object. What `take` throws passes through.
void read_records(const std::filesystem::path& path, const std::function<void(const Record&)>& take);

/// "train.json: record 12": how messages name a record.
std::string record_name(const std::filesystem::path& path, uint64_t number);

/// JSON text with every byte that is not well-formed UTF-8 and every escaped lone surrogate ("\ud800") replaced by
/// U+FFFD; sets `mended` if there was any. The JSON standard has no meaning for either.
std::string mend_utf8(std::string_view json, bool& mended);

}  // namespace albef
