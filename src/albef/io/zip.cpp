#include "albef/io/zip.h"

#include <algorithm>

#include "albef/base/error.h"

namespace albef {
namespace {

constexpr uint32_t kLocalMagic = 0x04034b50, kEntryMagic = 0x02014b50, kEndMagic = 0x06054b50;
constexpr uint32_t kEnd64Magic = 0x06064b50, kLocatorMagic = 0x07064b50;
constexpr uint64_t kLocalBytes = 30, kEntryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr uint64_t kMaxComment = 0xFFFF;
constexpr uint64_t kMaxDirectory = uint64_t{64} << 20;
constexpr uint32_t kIn64Bits = 0xFFFFFFFF;  // the value stands in the 64-bit extension
constexpr uint16_t kZip64Field = 1, kEncrypted = 1;

/// The little-endian number in `bytes` bytes at `at`; the caller has checked that they are there.
uint64_t number(const std::string& text, uint64_t at, int bytes) {
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(text[at + static_cast<uint64_t>(i)]);
  return value;
}

/// Replaces those of the entry's size, stored size and offset (in this order) that stand in its 64-bit extra field.
/// False if one is missing there.
bool read_extra(const std::string& extra, uint64_t& size, uint64_t& stored, uint64_t& offset) {
  uint64_t at = 0, end = 0;
  for (; at + 4 <= extra.size(); at = end) {
    end = at + 4 + number(extra, at + 2, 2);
    if (end > extra.size()) break;
    if (number(extra, at, 2) != kZip64Field) continue;
    at += 4;
    for (uint64_t* value : {&size, &stored, &offset}) {
      if (*value != kIn64Bits) continue;
      if (at + 8 > end) return false;
      *value = number(extra, at, 8);
      at += 8;
    }
    return true;
  }
  return size != kIn64Bits && stored != kIn64Bits && offset != kIn64Bits;
}

}  // namespace

ZipFile::ZipFile(const std::filesystem::path& path) : file_(path) {
  const Directory directory = find_directory();
  if (directory.size > kMaxDirectory) damaged(str("a directory of ", directory.size, " bytes"));
  read_directory(file_.read_text(directory.offset, directory.size), directory.entries);
}

void ZipFile::damaged(const std::string& why) const {
  fail(file_.name(), ": not a whole zip archive: ", why);
}

ZipFile::Directory ZipFile::find_directory() const {
  const uint64_t tail_bytes = std::min(file_.size(), kEndBytes + kMaxComment);
  if (tail_bytes < kEndBytes) damaged(str("it is ", file_.size(), " bytes long"));
  const std::string tail = file_.read_text(file_.size() - tail_bytes, tail_bytes);
  for (uint64_t at = tail_bytes - kEndBytes + 1; at-- > 0;) {
    if (number(tail, at, 4) != kEndMagic || at + kEndBytes + number(tail, at + 20, 2) != tail_bytes) continue;
    const Directory found{number(tail, at + 16, 4), number(tail, at + 12, 4), number(tail, at + 10, 2)};
    const bool needs_64_bits = found.offset == kIn64Bits || found.size == kIn64Bits || found.entries == 0xFFFF;
    return needs_64_bits ? read_zip64(file_.size() - tail_bytes + at) : found;
  }
  damaged("its directory is missing; it may be cut short");
}

ZipFile::Directory ZipFile::read_zip64(uint64_t end_offset) const {
  if (end_offset < kLocatorBytes) damaged("its directory is missing");
  const std::string locator = file_.read_text(end_offset - kLocatorBytes, kLocatorBytes);
  if (number(locator, 0, 4) != kLocatorMagic) damaged("its 64-bit directory is missing");
  const std::string end = file_.read_text(number(locator, 8, 8), kEnd64Bytes);
  if (number(end, 0, 4) != kEnd64Magic) damaged("its 64-bit directory is missing");
  return {number(end, 48, 8), number(end, 40, 8), number(end, 32, 8)};
}

void ZipFile::read_directory(const std::string& directory, uint64_t entries) {
  uint64_t at = 0, total = 0;
  for (uint64_t i = 0; i < entries; ++i) {
    if (directory.size() - at < kEntryBytes || number(directory, at, 4) != kEntryMagic)
      damaged("its directory is cut short");
    const uint64_t name_bytes = number(directory, at + 28, 2), extra_bytes = number(directory, at + 30, 2);
    const uint64_t next = at + kEntryBytes + name_bytes + extra_bytes + number(directory, at + 32, 2);
    if (next > directory.size()) damaged("its directory is cut short");
    const std::string name = directory.substr(at + kEntryBytes, name_bytes);
    uint64_t size = number(directory, at + 24, 4), stored = number(directory, at + 20, 4),
             offset = number(directory, at + 42, 4);
    if (!read_extra(directory.substr(at + kEntryBytes + name_bytes, extra_bytes), size, stored, offset)) {
      damaged("record " + printable(name) + " has no size");
    }
    if (number(directory, at + 10, 2) != 0 || (number(directory, at + 8, 2) & kEncrypted) || size != stored) {
      fail(file_.name(), ": record ", printable(name),
           " is compressed or encrypted; write the file again with torch.save");
    }
    // Each record fits, and all together: many entries that name the same bytes would otherwise multiply a small file.
    if (size > file_.size() - total) damaged("its records hold more bytes than the file");
    total += size;
    const auto crc = static_cast<uint32_t>(number(directory, at + 16, 4));
    if (!records_.emplace(name, ZipRecord{offset, size, crc}).second)
      damaged("record " + printable(name) + " is there twice");
    at = next;
  }
}

void ZipFile::read(const ZipRecord& record, void* to) const {
  const std::string local = file_.read_text(record.offset, kLocalBytes);
  if (number(local, 0, 4) != kLocalMagic) damaged(str("no record begins at byte ", record.offset));
  const uint64_t begin = record.offset + kLocalBytes + number(local, 26, 2) + number(local, 28, 2);
  const uint32_t sum = file_.read_summed(begin, to, record.size);
  if (sum != record.crc) {
    fail(file_.name(), ": damaged: the checksum of the record at byte ", record.offset,
         " does not match; take another copy (or, if it was saved with set_crc32_options(False), save it again "
         "without)");
  }
}

}  // namespace albef
