#include "albef/data/archive_input.h"

#include <archive.h>

#include <cerrno>
#include <utility>

#include "albef/base/error.h"

namespace albef {
namespace {

constexpr size_t kBlock = 64 << 10;

}  // namespace

ArchiveInput::ArchiveInput(ByteStream& stream, std::string name, Format format)
    : stream_(stream),
      name_(std::move(name)),
      buffer_(kBlock, '\0'),
      format_(format),
      archive_(archive_read_new(), archive_read_free) {
  archive_read_support_filter_gzip(archive_.get());  // those that run other programs stay out
  archive_read_support_filter_zstd(archive_.get());
  format == Format::kTar ? archive_read_support_format_tar(archive_.get())
                         : archive_read_support_format_raw(archive_.get());
  archive_read_set_read_callback(archive_.get(), read_block);
  archive_read_set_skip_callback(archive_.get(), skip_bytes);
  archive_read_set_callback_data(archive_.get(), this);
  if (archive_read_open1(archive_.get()) == ARCHIVE_OK) return;
  refuse();
}

void ArchiveInput::refuse() {
  rethrow();
  stream_.finish();  // of a command that failed, what it wrote matters less
  const char* why = archive_error_string(archive_.get());
  fail(printable(name_, 200), format_ == Format::kTar ? ": is no tar archive (" : ": cannot be read (",
       printable(why == nullptr ? "" : why), ")");
}

uint64_t ArchiveInput::position() const {
  return static_cast<uint64_t>(archive_filter_bytes(archive_.get(), 0));
}

bool ArchiveInput::compressed() const {
  return archive_filter_count(archive_.get()) > 1;
}

void ArchiveInput::rethrow() {
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

long ArchiveInput::read_block(archive* a, void* self, const void** block) {
  auto& input = *static_cast<ArchiveInput*>(self);
  *block = input.buffer_.data();
  try {
    return static_cast<long>(input.stream_.read(input.buffer_.data(), input.buffer_.size()));
  } catch (...) {
    input.error_ = std::current_exception();
    archive_set_error(a, EIO, "the source failed");
    return ARCHIVE_FATAL;
  }
}

int64_t ArchiveInput::skip_bytes(archive*, void* self, int64_t size) {
  return static_cast<int64_t>(static_cast<ArchiveInput*>(self)->stream_.skip(static_cast<uint64_t>(size)));
}

}  // namespace albef
