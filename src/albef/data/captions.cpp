#include "albef/data/captions.h"

#include <sstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/base/utf8.h"
#include "albef/data/annotations.h"
#include "albef/data/formats.h"
#include "albef/data/patterns.h"
#include "albef/data/published.h"
#include "albef/data/splits.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

using Texts = std::vector<std::string>;

// By the kind of list that the record is of.
std::vector<const char*> text_fields(const Json& value, const std::string& place) {
  for (const char* only : {"caption", "sentence", "text"}) {
    if (value.contains(only)) return {only};
  }
  std::vector<const char*> fields;
  for (const char* field : {"question", "answer"}) {
    if (value.contains(field)) fields.push_back(field);
  }
  if (fields.empty()) fail(place, " has no \"caption\", nor a \"sentence\", \"text\" or \"question\"");
  return fields;
}

void append_record(const Json& value, const std::string& place, Texts& captions) {
  for (const char* field : text_fields(value, place)) {
    const Json& found = value.at(field);
    const Json list = found.is_array() ? found : Json::array({found});
    for (const Json& caption : list) {
      if (!caption.is_string()) fail(place, ": \"", field, "\" is ", json_kind(caption), ", expected a string");
      captions.push_back(caption.get<std::string>());
    }
  }
}

void append_records(const std::string& list, Texts& captions) {
  read_samples(list, {}, [&](const Record& record) {
    const auto place = record_name(list, record.number);
    if (record.oversize) fail(place, " is longer than ", kMaxRecordBytes, " bytes");
    append_record(record.value, place, captions);
  });
}

void append_pairs(const std::string& source, Texts& captions) {
  BadSamples passed_over;
  const auto pairs = read_annotations({source}, {}, passed_over);
  for (uint64_t record = 0; record < pairs.records(); ++record) {
    for (uint64_t i = 0; i < pairs.caption_count(record); ++i) captions.emplace_back(pairs.caption(record, i));
  }
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
  for (const auto& file : files) {
    const auto kind = fs::path(parse_list_name(file.string()).path).extension();
    if (kind == ".txt") {
      append_lines(file, captions);
    } else if (kind == ".json" || kind == ".jsonl" || kind == ".p") {
      append_records(file.string(), captions);
    } else if (has_format_of_its_own(expand_pattern(file.string()).front())) {
      append_pairs(file.string(), captions);
    } else {
      fail(
          file.string(),
          ": expected a list of records (.json, .jsonl, .p), a folder, table or shards with captions, or a .txt with a "
          "caption a line");
    }
  }
  return captions;
}

}  // namespace albef
