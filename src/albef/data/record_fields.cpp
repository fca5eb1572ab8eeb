#include "albef/data/record_fields.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/error.h"
#include "albef/data/annotations.h"

namespace fs = std::filesystem;

namespace albef {

RecordFields::RecordFields(const std::string& file, const Record& record, const std::string& expected)
    : record_(record.value), list_(record.list), expected_(expected), place_(record_name(file, record.number)) {
  if (record.oversize) fail(place_, " is longer than ", kMaxRecordBytes, " bytes");
  if (record.mended) fail(place_, " is not UTF-8; convert the file");
}

const Json* RecordFields::find(const char* field) const {
  const auto found = record_.find(field);
  return found == record_.end() ? nullptr : &*found;
}

const Json& RecordFields::required(const char* field) const {
  const Json* found = find(field);
  if (found == nullptr) fail(place_, " has no \"", field, "\"; expected ", expected_);
  return *found;
}

std::string RecordFields::text(const Json& value, const char* field) const {
  if (!value.is_string()) fail(place_, ": \"", field, "\" is ", json_kind(value), ", expected a string");
  auto text = value.get<std::string>();
  if (text.size() > kMaxCaptionBytes) fail(place_, ": \"", field, "\" is over 1 MB");
  return text;
}

std::string RecordFields::picture(const Json& value, const char* field) const {
  auto name = text(value, field);
  if (name.empty() || name.find('\0') != std::string::npos)
    fail(place_, ": \"", field, "\" is ", name.empty() ? "empty" : "a name with a zero byte", ", expected a path");
  return name;
}

int64_t RecordFields::whole_number(const Json& value, const char* field) const {
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX)) {
    fail(place_, ": \"", field, "\" is ", value.is_number() ? value.dump() : json_kind(value),
         ", expected a 64-bit integer");
  }
  return value.get<int64_t>();
}

const Json& RecordFields::objects(const char* field) const {
  const Json& list = required(field);
  if (!list.is_array()) fail(place_, ": \"", field, "\" is ", json_kind(list), ", expected a list; ", expected_);
  for (const Json& one : list) {
    if (!one.is_object()) fail(place_, ": \"", field, "\" holds ", json_kind(one), ", expected objects; ", expected_);
  }
  return list;
}

const Json& RecordFields::required_of(const Json& inner, const char* field) const {
  const auto found = inner.find(field);
  if (found == inner.end()) fail(place_, ": an object in it has no \"", field, "\"; expected ", expected_);
  return *found;
}

void read_all_records(const std::vector<std::string>& lists, const PictureNaming& naming, const std::string& expected,
                      const std::function<void(const RecordFields&, uint32_t, uint64_t)>& take) {
  bool any = false;
  for (uint32_t source = 0; source < lists.size(); ++source) {
    read_samples(lists[source], naming, [&](const Record& record) {
      take(RecordFields(lists[source], record, expected), source, record.number);
      any = true;
    });
  }
  if (!any) fail(joined(lists), ": no records; expected a list of ", expected);
}

void check_pictures(const ListedPictures& pictures) {
  std::vector<uint32_t> missing;
  for (uint32_t image = 0; image < pictures.count; ++image) {
    std::error_code ignored;
    if (!fs::is_regular_file(pictures.path(image), ignored)) missing.push_back(image);
  }
  if (missing.empty()) return;
  fail(pictures.named_by(missing[0]), ": no such picture: ", printable(pictures.path(missing[0])),
       missing.size() > 1 ? str(" (nor ", missing.size() - 1, " more of the list)") : "",
       "; get it, give the folder of the pictures (", pictures.setting, "), or leave the record out");
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace albef
