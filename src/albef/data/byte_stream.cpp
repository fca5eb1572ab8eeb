#include "albef/data/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "albef/base/error.h"
#include "albef/data/patterns.h"

namespace albef {
namespace {

class FileStream : public ByteStream {
 public:
  explicit FileStream(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat about {};
    if (file_ < 0 || ::fstat(file_, &about) != 0) {
      const int error = errno;
      close();
      const bool is_address = path.find("://") != std::string::npos;
      fail(printable(path, 200), ": cannot be opened: ", std::strerror(error),
           is_address ? "; read it by a command, as in 'pipe:curl -sL " + printable(path, 200) + "'" : "");
    }
    if (!S_ISREG(about.st_mode)) {
      close();
      fail(printable(path, 200), ": is no regular file; read a command's output by pipe:COMMAND");
    }
    size_ = static_cast<uint64_t>(about.st_size);
  }
  ~FileStream() override { close(); }

  size_t read(char* to, size_t size) override {
    for (;;) {
      const ssize_t got = ::read(file_, to, size);
      if (got >= 0) {
        at_ += static_cast<uint64_t>(got);
        return static_cast<size_t>(got);
      }
      if (errno != EINTR) fail(printable(path_, 200), ": cannot be read: ", std::strerror(errno));
    }
  }

  uint64_t skip(uint64_t size) override {
    const uint64_t step = std::min(size, size_ - std::min(at_, size_));
    if (::lseek(file_, static_cast<off_t>(step), SEEK_CUR) < 0) return 0;
    at_ += step;
    return step;
  }

 private:
  void close() {
    if (file_ >= 0) ::close(file_);
  }

  std::string path_;
  int file_;
  uint64_t size_ = 0, at_ = 0;
};

}  // namespace

std::unique_ptr<ByteStream> open_stream(const std::string& source, int64_t timeout) {
  if (source.starts_with(kPipe)) return run_command(source.substr(std::strlen(kPipe)), timeout);
  return std::make_unique<FileStream>(source);
}

}  // namespace albef
