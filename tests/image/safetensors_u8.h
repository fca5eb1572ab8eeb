// Reads the pictures of a safetensors file (8-byte little-endian header length, JSON header, data) for the tests.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "albef/base/files.h"
#include "albef/image/image.h"

namespace albef {

class PictureFile {
 public:
  explicit PictureFile(const std::string& path) : bytes_(read_file(path)) {
    uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<uint8_t>(bytes_.at(i));
    header_ = nlohmann::json::parse(bytes_.substr(8, length));
    data_at_ = 8 + length;
  }

  bool has(const std::string& name) const { return header_.contains(name); }

  /// A tensor [height, width, 3] of uint8.
  Image picture(const std::string& name) const {
    const auto& entry = header_.at(name);
    const uint64_t begin = entry.at("data_offsets").at(0), end = entry.at("data_offsets").at(1);
    Image image{entry.at("shape").at(1), entry.at("shape").at(0), {}};
    image.pixels.assign(bytes_.begin() + data_at_ + begin, bytes_.begin() + data_at_ + end);
    return image;
  }

  /// The JSON that stands as text in the file's metadata.
  nlohmann::json metadata(const std::string& key) const {
    return nlohmann::json::parse(header_.at("__metadata__").at(key).get<std::string>());
  }

 private:
  std::string bytes_;
  nlohmann::json header_;
  uint64_t data_at_ = 0;
};

}  // namespace albef
