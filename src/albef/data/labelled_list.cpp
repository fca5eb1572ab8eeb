#include "albef/data/labelled_list.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/data/record_fields.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

class LabelledReader {
 public:
  LabelledReader(const std::vector<std::string>& files, const std::string& image_root, const LabelledFormat& format) {
    list_.files = files;
    list_.image_root = image_root;
    list_.format = format;
  }

  LabelledList read() {
    const auto& f = list_.format;
    const auto expected = str("{", f.pictures == 1 ? "\"image\": path" : "\"images\": [path, path]", ", \"", f.sentence,
                              "\": text", f.labels.empty() ? "" : ", \"label\": " + joined(f.labels),
                              f.id.empty() ? "" : ", \"" + f.id + "\": integer", "}");
    const auto add = [this](const RecordFields& record, uint32_t source, uint64_t number) {
      LabelledExample example{.source = source, .record = number};
      take(record, example);
      list_.examples.push_back(std::move(example));
    };
    read_all_records(list_.files, {.images = list_.image_root}, expected, add);
    return std::move(list_);
  }

 private:
  void take(const RecordFields& record, LabelledExample& example) {
    const auto& format = list_.format;
    take_images(record, example);
    example.sentence = record.text(format.sentence.c_str());
    if (!format.labels.empty()) example.label = label(record);
    if (!format.id.empty()) example.id = record.whole_number(format.id.c_str());
    example.group = group(record, example.sentence);
  }

  uint32_t image(std::string name) {
    if (list_.format.add_jpg && !fs::path(name).has_extension()) name += ".jpg";
    const auto [number, is_new] = images_.number(name);
    if (is_new) list_.images.push_back(std::move(name));
    return number;
  }

  void take_images(const RecordFields& record, LabelledExample& example) {
    const size_t count = list_.format.pictures;
    if (count == 1) {
      example.images[0] = image(record.picture(record.required("image"), "image"));
      return;
    }
    const Json& images = record.required("images");
    if (!images.is_array()) fail(record.place(), ": \"images\" is ", json_kind(images), ", expected a list of ", count);
    if (images.size() != count) fail(record.place(), ": \"images\" has ", images.size(), " pictures, expected ", count);
    for (size_t i = 0; i < count; ++i) example.images.at(i) = image(record.picture(images[i], "images"));
  }

  int32_t label(const RecordFields& record) const {
    const Json& value = record.required("label");
    const auto& labels = list_.format.labels;
    const std::string name = value.is_boolean() ? (value.get<bool>() ? "True" : "False") : record.text(value, "label");
    const auto found = std::find(labels.begin(), labels.end(), name);
    if (found == labels.end())
      fail(record.place(), ": \"label\" is '", printable(name), "', expected one of ", joined(labels));
    return static_cast<int32_t>(found - labels.begin());
  }

  // The sentence, by NLVR2's identifier without the pair ("dev-850-2-0" -> "dev-850-0"), or by its words.
  uint32_t group(const RecordFields& record, const std::string& sentence) {
    const Json* found = record.find("identifier");
    if (found == nullptr || list_.format.pictures == 1) return groups_.number("words " + sentence).first;
    const auto identifier = record.text(*found, "identifier");
    if (!identifiers_.number(identifier).second)
      fail(record.place(), ": identifier ", printable(identifier), " was there before; expected each once");
    const size_t last = identifier.rfind('-'),
                 before = last == std::string::npos ? last : identifier.rfind('-', last - 1);
    if (last == 0 || before == std::string::npos) return groups_.number("words " + sentence).first;
    return groups_.number("of " + identifier.substr(0, before) + identifier.substr(last)).first;
  }

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
  return LabelledReader(files, image_root, format).read();
}

void check_pictures_exist(const LabelledList& list) {
  check_pictures({.count = static_cast<uint32_t>(list.images.size()),
                  .path = [&](uint32_t image) { return list.path(image); },
                  .named_by =
                      [&](uint32_t image) {
                        const auto shows = [&](const LabelledExample& e) {
                          const auto end = e.images.begin() + static_cast<ptrdiff_t>(list.format.pictures);
                          return std::find(e.images.begin(), end, image) != end;
                        };
                        const auto first = std::find_if(list.examples.begin(), list.examples.end(), shows);
                        return record_name(list.files[first->source], first->record);
                      }});
}

}  // namespace albef
