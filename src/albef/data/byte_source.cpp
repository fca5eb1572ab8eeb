#include "albef/data/byte_source.h"

#include <filesystem>

#include "albef/base/files.h"

namespace albef {

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

std::string FileBytes::read(const std::string& name) const {
  try {
    return read_file(name, kMaxFileBytes);
  } catch (const Error& error) {
    std::error_code ignored;
    throw UnusableSample(error.what(), std::filesystem::exists(name, ignored) ? "unreadable file" : "no such file");
  }
}

}  // namespace albef
