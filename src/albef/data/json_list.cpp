// The authors' annotation files and publishers', record by record.
#include <string>

#include "albef/base/error.h"
#include "albef/data/formats.h"
#include "albef/data/published.h"

namespace albef {
namespace {

[[noreturn]] void wrong_type(const std::string& place, const std::string& field, const Json& value,
                             const char* expected) {
  fail(place, ": \"", field, "\" is ", json_kind(value), ", expected ", expected);
}

std::vector<std::string> captions_of(const Json& value, const std::string& place, const std::string& field) {
  constexpr const char* kExpected = "a string or a list of strings";
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array()) wrong_type(place, field, value, kExpected);
  std::vector<std::string> captions;
  for (const Json& caption : value) {
    if (!caption.is_string()) fail(place, ": \"", field, "\" holds ", json_kind(caption), ", expected ", kExpected);
    captions.push_back(caption.get<std::string>());
  }
  return captions;
}

/// A key that tells image_id 7 and image_id "7" apart, as the authors' dictionary does; "" if there is none.
std::string image_key(const Json& record, const std::string& place) {
  const auto found = record.find("image_id");
  if (found == record.end()) return "";
  if (found->is_string()) return "text " + found->get<std::string>();
  if (!found->is_number_integer()) wrong_type(place, "image_id", *found, "an integer or a string");
  return "number " + found->dump();
}

void read(const std::string& path, PairCollector& pairs) {
  const auto& texts = pairs.caption_field();
  const auto required = [&](const Json& record, const std::string& place, const std::string& field) -> const Json& {
    const auto found = record.find(field);
    if (found == record.end())
      fail(place, " has no \"", field, "\"; expected {\"image\": path, \"", texts, "\": text or list of texts}");
    return *found;
  };
  pairs.begin_source(path);
  const ListOptions& list = pairs.list();
  const PictureNaming naming = {list.image_root, list.image_root, list.regions == "crop"};
  read_samples(path, naming, [&](const Record& record) {
    RawPair pair{.number = record.number, .mended = record.mended};
    if (record.oversize) return pairs.reject(pair, "record over 16 MB");
    const std::string place = record_name(path, record.number);
    const Json& image = required(record.value, place, "image");
    if (!image.is_string()) wrong_type(place, "image", image, "a string");
    pair.image = image.get<std::string>();
    pair.captions = captions_of(required(record.value, place, texts), place, texts);
    pair.image_id = image_key(record.value, place);
    if (!record.fault.empty()) return pairs.reject(pair, record.fault);
    pairs.take(std::move(pair));
  });
}

}  // namespace

extern constinit const ListFormat json_list = {
    [](const std::string&) { return true; }, read_each<read>, "a JSON list", {.caption = true, .regions = true}};

}  // namespace albef
