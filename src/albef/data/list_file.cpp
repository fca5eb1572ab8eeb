#include "albef/data/list_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "albef/base/error.h"

namespace fs = std::filesystem;

namespace albef {

std::ifstream open_list(const std::string& path, const char* expected) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) fail(path, ": no such file");
  if (fs::is_directory(status)) fail(path, ": is a folder, expected ", expected);
  if (!fs::is_regular_file(status)) fail(path, ": is a pipe or a device, expected ", expected);
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, ": cannot be opened (", std::strerror(errno), ")");
  return in;
}

}  // namespace albef
