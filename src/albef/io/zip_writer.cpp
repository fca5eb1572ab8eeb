#include "albef/io/zip_writer.h"

#include <cstdio>

#include "albef/io/checksum.h"

namespace albef {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr uint64_t kLocalBytes = 30;
constexpr uint64_t kIn64Bits = 0xFFFFFFFF;  // stands for a number that the 64-bit extension holds
constexpr uint64_t kManyEntries = 0xFFFF;
constexpr int kUtf8 = 1 << 11;
constexpr int kVersion = 45;              // knows the 64-bit extension
constexpr int kPadding = 'F' | 'B' << 8;  // the extra field that torch pads with
constexpr int kDay = 1 << 5 | 1;          // 1980-01-01: a reader may refuse month 0
constexpr int kWide = 1;                  // the extra field of the 64-bit extension

std::string number(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// FNV-1a.
uint64_t mixed(uint64_t hash, const std::string& bytes) {
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

/// What a header says of a record from its flags to its sizes.
std::string description(uint32_t crc, uint64_t size, bool wide) {
  const uint64_t shown = wide ? kIn64Bits : size;
  return number(kUtf8, 2) + number(0, 2) + number(0, 2) + number(kDay, 2) + number(crc, 4) + number(shown, 4) +
         number(shown, 4);
}

}  // namespace

void ZipWriter::write(const std::string& bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  at_ += bytes.size();
}

bool ZipWriter::is_wide(const Entry& entry) const {
  return in_64_bits_ || entry.size >= kIn64Bits || entry.offset >= kIn64Bits;
}

std::string ZipWriter::local_header(const Entry& entry) const {
  const bool wide = is_wide(entry);
  std::string extra = wide ? number(kWide, 2) + number(16, 2) + number(entry.size, 8) + number(entry.size, 8) : "";
  const uint64_t begin = at_ + kLocalBytes + entry.name.size() + extra.size() + 4;
  const uint64_t padding = (kAlignment - begin % kAlignment) % kAlignment;
  extra += number(kPadding, 2) + number(padding, 2) + std::string(padding, 'Z');
  return "PK\x03\x04" + number(kVersion, 2) + description(entry.crc, entry.size, wide) + number(entry.name.size(), 2) +
         number(extra.size(), 2) + entry.name + extra;
}

std::string ZipWriter::directory_entry(const Entry& entry) const {
  const bool wide = is_wide(entry);
  const std::string extra =
      wide ? number(kWide, 2) + number(24, 2) + number(entry.size, 8) + number(entry.size, 8) + number(entry.offset, 8)
           : "";
  return "PK\x01\x02" + number(kVersion, 2) + number(kVersion, 2) + description(entry.crc, entry.size, wide) +
         number(entry.name.size(), 2) + number(extra.size(), 2) + number(0, 2 + 2 + 2) + number(0, 4) +
         number(wide ? kIn64Bits : entry.offset, 4) + entry.name + extra;
}

void ZipWriter::add(const std::string& name, const void* data, uint64_t size) {
  const Entry entry{folder_ + "/" + name, at_, size, crc32(0, data, size)};
  write(local_header(entry));
  out_.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  at_ += size;
  entries_.push_back(entry);
}

void ZipWriter::finish() {
  const uint64_t begin = at_;
  for (const Entry& entry : entries_) write(directory_entry(entry));
  const uint64_t size = at_ - begin, end = at_, count = entries_.size();
  const bool wide = in_64_bits_ || count >= kManyEntries || begin >= kIn64Bits || size >= kIn64Bits;
  if (wide) {
    write("PK\x06\x06" + number(44, 8) + number(kVersion, 2) + number(kVersion, 2) + number(0, 4 + 4) +
          number(count, 8) + number(count, 8) + number(size, 8) + number(begin, 8));
    write("PK\x06\x07" + number(0, 4) + number(end, 8) + number(1, 4));
  }
  const uint64_t shown = wide ? kManyEntries : count;
  write("PK\x05\x06" + number(0, 2 + 2) + number(shown, 2) + number(shown, 2) + number(wide ? kIn64Bits : size, 4) +
        number(wide ? kIn64Bits : begin, 4) + number(0, 2));
}

std::string ZipWriter::mark() const {
  uint64_t names = 0xcbf29ce484222325, contents = names;
  for (const Entry& entry : entries_) {
    names = mixed(names, entry.name);
    contents = mixed(contents, number(entry.crc, 4));
  }
  char text[41];
  std::snprintf(text, sizeof text, "%020llu%020llu", static_cast<unsigned long long>(names),
                static_cast<unsigned long long>(contents));
  return text;
}

}  // namespace albef
