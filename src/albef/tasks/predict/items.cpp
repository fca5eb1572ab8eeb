#include "albef/tasks/predict/items.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "albef/base/error.h"
#include "albef/base/utf8.h"
#include "albef/data/picture_search.h"
#include "albef/data/record_fields.h"
#include "albef/text/clean.h"
#include "albef/text/words.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr size_t kMaxLineBytes = size_t{16} << 20;

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  const int code = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  std::vector<std::string> names(found.gl_pathv, found.gl_pathv + (code == 0 ? found.gl_pathc : 0));
  ::globfree(&found);
  if (code == GLOB_NOSPACE) throw std::bad_alloc();
  if (code != 0 && code != GLOB_NOMATCH) fail(printable(pattern), ": a folder of this pattern cannot be read");
  return names;
}

void expect_words(const std::string& text, const std::string& place) {
  if (utf8_error(text) != std::string_view::npos) fail(place, " is not UTF-8");
  if (!has_words(pre_caption(text)))
    fail(place, text.empty() ? " is empty" : " has no word that the model reads", "; expected some words");
}

const Json* field(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found == line.end() || found->is_null() ? nullptr : &*found;
}

std::string text_field(const Json& value, const std::string& place, const char* name) {
  if (!value.is_string()) fail(place, ": \"", name, "\" is ", json_kind(value), ", expected a string");
  return value.get<std::string>();
}

std::string picture_field(const Json& value, const std::string& place, const char* name) {
  const auto path = text_field(value, place, name);
  if (path.empty() || path.find('\0') != std::string::npos)
    fail(place, ": \"", name, "\" is ", path.empty() ? "empty" : "no path", ", expected the path of a picture");
  return path;
}

std::vector<std::string> pictures_of(const Json& line, const std::string& place, size_t pictures) {
  if (pictures < 2) {
    const Json* image = field(line, "image");
    if (image != nullptr) return {picture_field(*image, place, "image")};
    if (pictures == 1) fail(place, ": has no \"image\"; expected {\"image\": path, \"text\": text}");
    return {};
  }
  const Json* images = field(line, "images");
  if (images == nullptr || !images->is_array() || images->size() != pictures)
    fail(place, ": \"images\" is no list of ", pictures,
         " pictures; expected {\"images\": [path, path], \"text\": text}");
  std::vector<std::string> names;
  for (const Json& image : *images) names.push_back(picture_field(image, place, "images"));
  return names;
}

PredictItem parse_item(const std::string& text, const std::string& place, const std::string& root,
                       const LineFormat& format) {
  const Json line = parse_json(text, place);
  if (!line.is_object()) fail(place, ": ", json_kind(line), ", expected an object: {\"image\": path, \"text\": text}");
  PredictItem item{.names = pictures_of(line, place, format.pictures), .place = place};
  for (const auto& name : item.names) item.images.push_back((fs::path(root) / name).string());
  if (const Json* words = field(line, "text")) {
    item.text = text_field(*words, place, "text");
    expect_words(item.text, place + ": \"text\"");
  } else if (format.needs_text) {
    fail(place, ": has no \"text\"; expected {\"image\": path, \"text\": text}");
  } else if (item.images.empty()) {
    fail(place, ": has neither \"image\" nor \"text\"");
  }
  if (const Json* id = field(line, "id")) {
    if (!id->is_string() && !id->is_number_integer())
      fail(place, ": \"id\" is ", id->is_number() ? id->dump() : json_kind(*id),
           ", expected a text or a 64-bit integer");
    item.id = *id;
  }
  return item;
}

}  // namespace

std::vector<std::string> find_pictures(const std::vector<std::string>& names) {
  std::vector<std::string> pictures;
  for (const auto& name : names) {
    std::error_code ignored;
    if (fs::is_directory(name, ignored)) {
      for (const auto& inner : pictures_below(name)) pictures.push_back((fs::path(name) / inner).string());
    } else if (fs::exists(name, ignored)) {
      pictures.push_back(name);
    } else if (name.find_first_of("*?[") != std::string::npos) {
      const auto found = matches_of(name);
      if (found.empty()) fail(printable(name), ": no file matches this pattern");
      pictures.insert(pictures.end(), found.begin(), found.end());
    } else {
      fail(printable(name), ": no such picture");
    }
  }
  return pictures;
}

std::vector<PredictItem> combine(const std::vector<std::string>& images, const std::vector<std::string>& texts,
                                 size_t pictures) {
  for (const auto& text : texts) expect_words(text, "the text '" + printable(text) + "'");
  if (images.size() % pictures != 0) {
    fail(images.size(), images.size() == 1 ? " picture" : " pictures", ", expected groups of ", pictures,
         ": the first and the second picture of a sentence, in turn");
  }
  std::vector<PredictItem> items;
  for (size_t first = 0; first < images.size(); first += pictures) {
    const auto begin = images.begin() + static_cast<std::ptrdiff_t>(first);
    const PredictItem item{.images = {begin, begin + static_cast<std::ptrdiff_t>(pictures)}};
    if (texts.empty()) items.push_back(item);
    for (const auto& text : texts) {
      items.push_back(item);
      items.back().text = text;
    }
  }
  return items;
}

std::vector<PredictItem> read_items(const std::string& file, const std::string& image_root, const LineFormat& format) {
  const std::string name = file == "-" ? "standard input" : file;
  std::ifstream opened;
  if (file != "-") {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) fail(printable(file), ": no such file");
    if (fs::is_directory(file, ignored)) fail(printable(file), ": is a folder, expected a file of JSON lines");
    opened.open(file, std::ios::binary);
    if (!opened) fail(printable(file), ": cannot be opened");
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::vector<PredictItem> items;
  uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const auto place = str(name, ": line ", ++number);
    if (line.size() > kMaxLineBytes) fail(place, " is over 16 MB, expected a JSON object");
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    items.push_back(parse_item(line, place, image_root, format));
  }
  if (in.bad()) fail(name, ": cannot be read to its end");
  if (items.empty()) fail(name, ": has no line, expected JSON lines: {\"image\": path, \"text\": text}");
  return items;
}

LabelledList labelled_items(const std::vector<PredictItem>& items, const std::vector<uint64_t>& which,
                            const LabelledFormat& format) {
  LabelledList list{.format = format, .files = {"the command line"}, .image_root = {}, .images = {}, .examples = {}};
  Numbering numbers;
  for (const uint64_t n : which) {
    const auto& item = items.at(n);
    LabelledExample example{.record = n + 1, .sentence = item.text};
    for (size_t i = 0; i < format.pictures; ++i) {
      const auto [number, is_new] = numbers.number(item.images.at(i));
      if (is_new) list.images.push_back(item.images[i]);
      example.images.at(i) = number;
    }
    list.examples.push_back(std::move(example));
  }
  return list;
}

}  // namespace albef
