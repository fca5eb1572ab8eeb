#include "albef/data/byte_source.h"

#include <filesystem>

#include "albef/base/files.h"
#include "albef/image/decode.h"

namespace albef {

std::string FileBytes::read(const std::string& name) const {
  try {
    return read_file(name, kMaxPictureBytes);
  } catch (const Error& error) {
    std::error_code ignored;
    throw UnusableSample(error.what(), std::filesystem::exists(name, ignored) ? "unreadable file" : "no such file");
  }
}

}  // namespace albef
