#include "albef/data/formats.h"

#include <algorithm>
#include <filesystem>

namespace albef {
namespace {

bool is_folder(const std::string& path) {
  return std::filesystem::is_directory(path);
}

bool is_anything(const std::string&) {
  return true;
}

constexpr ListFormat kFormats[] = {
    {"a folder of pictures with .txt files", is_folder, read_picture_folder},
    {"a JSON list of records", is_anything, read_json_list},
};

}  // namespace

std::span<const ListFormat> list_formats() {
  return kFormats;
}

const ListFormat& list_format(const std::string& path) {
  return *std::find_if(std::begin(kFormats), std::end(kFormats), [&](const auto& f) { return f.recognises(path); });
}

}  // namespace albef
