#include "albef/data/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "albef/base/error.h"

namespace albef {
namespace {

constexpr uint64_t kTarBlock = 512;

// The bytes that the archive has, whatever the locale can say in letters.
std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  return name == nullptr ? "" : name;
}

}  // namespace

std::optional<TarMember> TarReader::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(input_.get(), &entry);
  input_.rethrow();
  if (result == ARCHIVE_EOF) {
    truncated_ |= any_ && position() <= end_of_last_;
    return std::nullopt;
  }
  if (result < ARCHIVE_WARN) {
    if (!any_) input_.refuse();
    truncated_ = true;
    return std::nullopt;
  }
  any_ = true;
  const int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
  member_ = {.name = name_of(entry),
             .offset = position(),
             .size = size > 0 ? static_cast<uint64_t>(size) : 0,
             .is_file = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr};
  end_of_last_ = member_.offset + (member_.size + kTarBlock - 1) / kTarBlock * kTarBlock;
  return member_;
}

std::optional<std::string> TarReader::read(uint64_t limit) {
  if (member_.size > limit) return std::nullopt;
  std::string bytes;
  while (bytes.size() < member_.size) {
    const size_t have = bytes.size(), step = std::min<uint64_t>(member_.size - have, 1 << 20);
    bytes.resize(have + step);  // by steps: a header may promise what does not come
    const auto got = archive_read_data(input_.get(), bytes.data() + have, step);
    input_.rethrow();
    if (got <= 0) {
      truncated_ = true;
      return std::nullopt;
    }
    bytes.resize(have + static_cast<size_t>(got));
  }
  return bytes;
}

}  // namespace albef
