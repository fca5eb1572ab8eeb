#include "albef/base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "albef/base/error.h"
#include "albef/base/log.h"

namespace albef {
namespace {

// "process 123 on host", as the holder wrote it.
std::string holder(int file) {
  char text[256];
  const ssize_t got = ::pread(file, text, sizeof text, 0);
  std::string name(text, got > 0 ? static_cast<size_t>(got) : 0);
  name.erase(name.find_last_not_of('\n') + 1);
  return name.empty() ? "another process" : printable(name);
}

std::string this_process() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return str("process ", ::getpid(), " on ", host, "\n");
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const auto path = folder / kLockFile;
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) fail(path.string(), ": cannot be opened (", std::strerror(errno), ")");
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0) {
    const std::string name = this_process();
    const bool written =
        ::ftruncate(file_, 0) == 0 && ::pwrite(file_, name.data(), name.size(), 0) == static_cast<ssize_t>(name.size());
    if (!written) log_warning(path.string(), ": cannot be written (", std::strerror(errno), ")");
    return;
  }
  const int why = errno;
  const std::string other = why == EWOULDBLOCK ? holder(file_) : "";
  ::close(std::exchange(file_, -1));
  if (!other.empty()) {
    fail(folder.string(), ": is in use by ", other, "; wait until that ends, or choose another folder");
  }
  log_warning(path.string(), ": cannot be locked (", std::strerror(why), "); take care that no second run writes here");
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace albef
