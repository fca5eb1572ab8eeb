#include "albef/data/unpacked_stream.h"

#include <archive.h>

#include "albef/base/error.h"

namespace albef {

UnpackedStream::UnpackedStream(const std::string& source, int64_t timeout)
    : stream_(open_stream(source, timeout)), input_(*stream_, source, ArchiveInput::Format::kRaw) {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(input_.get(), &entry);
  input_.rethrow();
  if (result < ARCHIVE_WARN) input_.refuse();
}

size_t UnpackedStream::read(char* to, size_t size) {
  const auto got = archive_read_data(input_.get(), to, size);
  input_.rethrow();
  if (got < 0) input_.refuse();
  return static_cast<size_t>(got);
}

}  // namespace albef
