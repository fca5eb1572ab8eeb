#include "albef/io/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "albef/base/error.h"
#include "albef/io/checksum.h"

namespace albef {
namespace {

constexpr uint64_t kChunk = 1 << 20;  // small enough to be summed while it is still in the cache

}  // namespace

bool is_plain_name(const std::string& name) {
  const bool has_end = name.find('\0') != std::string::npos;  // where the system would take the name to stop
  return !name.empty() && !has_end && name != "." && name != ".." && std::filesystem::path(name).filename() == name;
}

InputFile::InputFile(const std::filesystem::path& path) : name_(path.string()) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail(name_, ": cannot be read (", std::strerror(errno), ")");
  if (!S_ISREG(status.st_mode))
    fail(name_, ": is ", S_ISDIR(status.st_mode) ? "a folder" : "no regular file", ", expected a file");
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) fail(name_, ": cannot be opened (", std::strerror(errno), ")");
  size_ = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  ::close(file_);
}

void InputFile::check(uint64_t offset, uint64_t size) const {
  if (offset > size_ || size > size_ - offset) {
    fail(name_, ": is damaged or cut short (", size, " bytes wanted at byte ", offset, " of ", size_, ")");
  }
}

void InputFile::read(uint64_t offset, void* to, uint64_t size) const {
  check(offset, size);
  for (uint64_t done = 0; done < size;) {
    const ssize_t got = ::pread(file_, static_cast<char*>(to) + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(name_, ": cannot be read (", std::strerror(errno), ")");
    if (got == 0) fail(name_, ": became shorter while it was read");
    done += static_cast<uint64_t>(got);
  }
}

std::string InputFile::read_text(uint64_t offset, uint64_t size) const {
  check(offset, size);
  std::string text(size, '\0');
  read(offset, text.data(), size);
  return text;
}

uint32_t InputFile::read_summed(uint64_t offset, void* to, uint64_t size, uint32_t previous) const {
  check(offset, size);
  std::vector<char> scratch(to ? 0 : std::min(size, kChunk));
  for (uint64_t done = 0; done < size; done += kChunk) {
    const uint64_t part = std::min(kChunk, size - done);
    void* place = to ? static_cast<char*>(to) + done : scratch.data();
    read(offset + done, place, part);
    previous = crc32(previous, place, part);
  }
  return previous;
}

}  // namespace albef
