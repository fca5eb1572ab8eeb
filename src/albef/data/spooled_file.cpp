#include "albef/data/spooled_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "albef/base/error.h"
#include "albef/data/bad_samples.h"
#include "albef/data/unpacked_stream.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

[[noreturn]] void no_room(const fs::path& folder) {
  throw SpoolFull(str(folder.string(), ": what was fetched cannot be kept there: ", std::strerror(errno),
                      "; make room, or set TMPDIR to another folder"));
}

}  // namespace

std::shared_ptr<const SpooledFile> SpooledFile::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file >= 0) return std::make_shared<SpooledFile>(file);
  const int error = errno;
  throw UnusableSample(str(printable(path, 200), ": cannot be opened: ", std::strerror(error)),
                       error == ENOENT ? "no such file" : "unreadable file");
}

std::shared_ptr<const SpooledFile> SpooledFile::unpack(const std::string& source, int64_t timeout, uint64_t size) {
  constexpr const char* kReason = "shard cannot be fetched";
  const auto attempt = [&](const auto& work) {
    try {
      return work();
    } catch (const Error& error) {
      throw UnusableSample(error.what(), kReason);
    }
  };
  SpoolWriter copy;
  std::optional<UnpackedStream> stream;
  attempt([&] { stream.emplace(source, timeout); });
  std::string block(256 << 10, '\0');
  while (copy.size() < size) {
    const uint64_t most = std::min<uint64_t>(block.size(), size - copy.size());
    const size_t got = attempt([&] { return stream->read(block.data(), most); });
    if (got == 0) {
      attempt([&] { stream->finish(); });
      throw UnusableSample(
          str(printable(source, 200), ": gave ", copy.size(), " bytes, ", size, " when it was indexed"), kReason);
    }
    copy.write({block.data(), got});
  }
  return copy.finish();
}

SpooledFile::~SpooledFile() {
  ::close(file_);
}

std::string SpooledFile::read(uint64_t offset, uint64_t size, const std::string& name) const {
  struct stat about {};
  if (::fstat(file_, &about) != 0 || offset + size > static_cast<uint64_t>(about.st_size))
    throw UnusableSample(name + ": the archive has become shorter since it was indexed", "unreadable file");
  std::string bytes(size, '\0');
  for (uint64_t have = 0; have < size;) {
    const ssize_t got = ::pread(file_, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw UnusableSample(str(name, ": cannot be read: ", std::strerror(errno)), "unreadable file");
    have += static_cast<uint64_t>(got);
  }
  return bytes;
}

size_t SpooledStream::read(char* to, size_t size) {
  const std::string bytes = file_.read(at_, std::min<uint64_t>(size, size_ - at_), "what was fetched");
  at_ += bytes.size();
  return bytes.copy(to, bytes.size());
}

uint64_t SpooledStream::skip(uint64_t size) {
  const uint64_t step = std::min(size, size_ - at_);
  at_ += step;
  return step;
}

SpoolWriter::SpoolWriter() : folder_(fs::temp_directory_path()) {
  std::string name = (folder_ / "albef-XXXXXX").string();
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) no_room(folder_);
  ::unlink(name.c_str());
}

SpoolWriter::~SpoolWriter() {
  if (file_ >= 0) ::close(file_);
}

void SpoolWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) no_room(folder_);
    bytes.remove_prefix(static_cast<size_t>(written));
    size_ += static_cast<uint64_t>(written);
  }
}

std::shared_ptr<const SpooledFile> SpoolWriter::finish() {
  return std::make_shared<SpooledFile>(std::exchange(file_, -1));
}

}  // namespace albef
