// Streams the records of annotation files: of a JSON list [{...}, {...}, ...], of JSON lines (an object after the
// other), or of the lists that a JSON object holds under the names of kListNames: {"info": ..., "images": [{...},
// ...]}. The file is never held as a whole: one record at a time is cut out and parsed, so memory stays at one record
// and a hostile file is refused at its first wrong byte.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "albef/base/json.h"

namespace albef {

struct Record {
  uint64_t number = 0;     ///< 1 for the first of the file, or of its list
  std::string list = {};   ///< name of the list that an object holds it in; "" otherwise
  Json value = {};         ///< an object; null if oversize
  bool mended = false;     ///< broken UTF-8 was replaced by U+FFFD somewhere in it
  std::string fault = {};  ///< why its picture cannot be used; empty: it can
  bool oversize = false;   ///< longer than kMaxRecordBytes: its text was passed over
};

inline constexpr size_t kMaxRecordBytes = size_t{16} << 20;
inline constexpr int kMaxRecordDepth = 64;  ///< lists and objects within each other

inline constexpr std::array<std::string_view, 3> kListNames = {"images", "questions", "annotations"};

/// Calls `take` for each record in turn. Returns what an object holds beside its lists, whose place is null; null for
/// other files. Throws Error, naming the file and the record, if the file is missing, empty, no such JSON, cut off,
/// nested too deeply, or a list holds an element that is no object. What `take` throws passes through.
Json read_records(const std::filesystem::path& path, const std::function<void(const Record&)>& take);

/// The first record alone, and what an object holds before its list; null for other files. Error likewise.
struct FirstRecord {
  Record record;
  Json beside;
};
FirstRecord first_record(const std::filesystem::path& path);

/// "train.json: record 12": how messages name a record.
std::string record_name(const std::filesystem::path& path, uint64_t number);

/// JSON text with every byte that is not well-formed UTF-8 and every escaped lone surrogate ("\ud800") replaced by
/// U+FFFD; sets `mended` if there was any. The JSON standard has no meaning for either.
std::string mend_utf8(std::string_view json, bool& mended);

}  // namespace albef
