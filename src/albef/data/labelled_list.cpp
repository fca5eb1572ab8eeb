#include "albef/data/labelled_list.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/data/annotations.h"
#include "albef/data/records.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

/// Numbers strings in the order of their first appearance.
class Numbering {
 public:
  std::pair<uint32_t, bool> number(const std::string& text) {  // and whether it is new
    const auto [entry, is_new] = numbers_.emplace(text, static_cast<uint32_t>(numbers_.size()));
    return {entry->second, is_new};
  }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class LabelledReader {
 public:
  LabelledReader(const std::string& image_root, const LabelledFormat& format) {
    list_.image_root = image_root;
    list_.format = format;
  }

  void read(const std::string& file) {
    list_.files.push_back(file);
    read_records(file, [&](const Record& record) {
      place_ = record_name(file, record.number);
      if (record.oversize) fail(place_, " is longer than ", kMaxRecordBytes, " bytes");
      if (record.mended) fail(place_, " is not UTF-8; convert the file");
      take(record);
    });
  }

  LabelledList finish() {
    if (list_.examples.empty()) fail(joined(list_.files), ": no records; expected a list of ", expected_record());
    return std::move(list_);
  }

 private:
  std::string expected_record() const {
    const auto& f = list_.format;
    return str("{", f.pictures == 1 ? "\"image\": path" : "\"images\": [path, path]", ", \"", f.sentence, "\": text",
               f.labels.empty() ? "" : ", \"label\": " + joined(f.labels),
               f.id.empty() ? "" : ", \"" + f.id + "\": integer", "}");
  }

  const Json& required(const Json& record, const std::string& field) const {
    const auto found = record.find(field);
    if (found == record.end()) fail(place_, " has no \"", field, "\"; expected ", expected_record());
    return *found;
  }

  std::string text(const Json& value, const std::string& field) const {
    if (!value.is_string()) fail(place_, ": \"", field, "\" is ", json_kind(value), ", expected a string");
    auto text = value.get<std::string>();
    if (text.size() > kMaxCaptionBytes) fail(place_, ": \"", field, "\" is over 1 MB");
    return text;
  }

  uint32_t image(const Json& value, const char* field) {
    auto name = text(value, field);
    if (name.empty() || name.find('\0') != std::string::npos)
      fail(place_, ": \"", field, "\" is ", name.empty() ? "empty" : "a name with a zero byte", ", expected a path");
    if (list_.format.add_jpg && !fs::path(name).has_extension()) name += ".jpg";
    const auto [number, is_new] = images_.number(name);
    if (is_new) list_.images.push_back(std::move(name));
    return number;
  }

  void take_images(const Json& record, LabelledExample& example) {
    const size_t count = list_.format.pictures;
    if (count == 1) {
      example.images[0] = image(required(record, "image"), "image");
      return;
    }
    const Json& images = required(record, "images");
    if (!images.is_array()) fail(place_, ": \"images\" is ", json_kind(images), ", expected a list of ", count);
    if (images.size() != count) fail(place_, ": \"images\" has ", images.size(), " pictures, expected ", count);
    for (size_t i = 0; i < count; ++i) example.images.at(i) = image(images[i], "images");
  }

  int32_t label(const Json& value) const {
    const auto& labels = list_.format.labels;
    const std::string name = value.is_boolean() ? (value.get<bool>() ? "True" : "False") : text(value, "label");
    const auto found = std::find(labels.begin(), labels.end(), name);
    if (found == labels.end()) fail(place_, ": \"label\" is '", printable(name), "', expected one of ", joined(labels));
    return static_cast<int32_t>(found - labels.begin());
  }

  int64_t id(const Json& value) const {
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX))
      fail(place_, ": \"", list_.format.id, "\" is ", json_kind(value), ", expected an integer of 64 bits");
    return value.get<int64_t>();
  }

  // The sentence, by NLVR2's identifier without the pair ("dev-850-2-0" -> "dev-850-0"), or by its words.
  uint32_t group(const Json& record, const std::string& sentence) {
    const auto found = record.find("identifier");
    if (found == record.end() || list_.format.pictures == 1) return groups_.number("words " + sentence).first;
    const auto identifier = text(*found, "identifier");
    if (!identifiers_.number(identifier).second)
      fail(place_, ": identifier ", printable(identifier), " was there before; expected each once");
    const size_t last = identifier.rfind('-'),
                 before = last == std::string::npos ? last : identifier.rfind('-', last - 1);
    if (last == 0 || before == std::string::npos) return groups_.number("words " + sentence).first;
    return groups_.number("of " + identifier.substr(0, before) + identifier.substr(last)).first;
  }

  void take(const Record& record) {
    LabelledExample example;
    take_images(record.value, example);
    const auto& format = list_.format;
    example.sentence = text(required(record.value, format.sentence), format.sentence);
    if (!format.labels.empty()) example.label = label(required(record.value, "label"));
    if (!format.id.empty()) example.id = id(required(record.value, format.id));
    example.group = group(record.value, example.sentence);
    example.source = static_cast<uint32_t>(list_.files.size() - 1);
    example.record = record.number;
    list_.examples.push_back(std::move(example));
  }

  std::string place_;
  LabelledList list_;
  Numbering images_, groups_, identifiers_;
};

}  // namespace

std::string LabelledList::path(uint32_t image) const {
  return (fs::path(image_root) / images.at(image)).string();
}

std::vector<std::string> LabelledList::paths() const {
  std::vector<std::string> paths;
  for (uint32_t image = 0; image < images.size(); ++image) paths.push_back(path(image));
  return paths;
}

Place LabelledList::place(uint64_t example) const {
  const auto& e = examples.at(example);
  std::string pictures;
  for (size_t i = 0; i < format.pictures; ++i) pictures += (i > 0 ? ", " : "") + path(e.images.at(i));
  return {pictures, files.at(e.source), e.record};
}

uint64_t LabelledList::fingerprint() const {
  uint64_t mark = 0;
  for (const auto& e : examples) {
    mark = mix({mark, mix_bytes(e.sentence), static_cast<uint64_t>(e.label)});
    if (!format.id.empty()) mark = mix({mark, static_cast<uint64_t>(e.id)});
    for (size_t i = 0; i < format.pictures; ++i) mark = mix({mark, mix_bytes(images[e.images.at(i)])});
  }
  return mark;
}

LabelledList read_labelled(const std::vector<std::string>& files, const std::string& image_root,
                           const LabelledFormat& format) {
  if (format.pictures < 1 || format.pictures > kMostPictures)
    fail("a sentence about ", format.pictures, " pictures, expected 1 to ", kMostPictures);
  LabelledReader reader(image_root, format);
  for (const auto& file : files) reader.read(file);
  return reader.finish();
}

void check_pictures_exist(const LabelledList& list) {
  std::vector<bool> missing;
  for (uint32_t image = 0; image < list.images.size(); ++image) {
    std::error_code ignored;
    missing.push_back(!fs::is_regular_file(list.path(image), ignored));
  }
  const auto count = std::count(missing.begin(), missing.end(), true);
  if (count == 0) return;
  for (const auto& e : list.examples) {
    for (size_t i = 0; i < list.format.pictures; ++i) {
      if (!missing[e.images.at(i)]) continue;
      fail(record_name(list.files[e.source], e.record), ": no such picture: ", printable(list.path(e.images.at(i))),
           count > 1 ? str(" (nor ", count - 1, " more of the list)") : "",
           "; get it, give the folder of the pictures (image_root), or leave the record out");
    }
  }
}

}  // namespace albef
