#include "albef/data/captions.h"

#include <sstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/base/utf8.h"
#include "albef/data/records.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

using Texts = std::vector<std::string>;

void append_record(const Json& value, const std::string& place, Texts& captions) {
  const auto found = value.find("caption");
  if (found == value.end()) fail(place, " has no \"caption\"; expected a string or a list of strings");
  const Json list = found->is_array() ? *found : Json::array({*found});
  for (const Json& caption : list) {
    if (!caption.is_string()) fail(place, ": a caption is ", json_kind(caption), ", expected a string");
    captions.push_back(caption.get<std::string>());
  }
}

void append_records(const fs::path& path, Texts& captions) {
  read_records(path, [&](const Record& record) {
    const auto place = record_name(path, record.number);
    if (record.oversize) fail(place, " is longer than ", kMaxRecordBytes, " bytes");
    append_record(record.value, place, captions);
  });
}

void append_lines(const fs::path& path, Texts& captions) {
  std::istringstream lines(read_file(path));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (utf8_error(line) != std::string_view::npos)
      fail(path.string(), ":", number, ": is not UTF-8; convert the file");
    captions.push_back(std::move(line));
  }
}

}  // namespace

std::vector<std::string> read_captions(const std::vector<fs::path>& files) {
  Texts captions;
  for (const auto& path : files) {
    if (path.extension() == ".txt") {
      append_lines(path, captions);
    } else if (path.extension() == ".json") {
      append_records(path, captions);
    } else {
      fail(path.string(), ": expected a .json list of records with \"caption\" or a .txt with a caption a line");
    }
  }
  return captions;
}

}  // namespace albef
