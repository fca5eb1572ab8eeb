// Zip archives as torch.save writes them: records stored without compression, the directory at the end (with or without
// the 64-bit extension). https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "albef/io/input_file.h"

namespace albef {

struct ZipRecord {
  uint64_t offset = 0;  ///< of its local header in the file
  uint64_t size = 0;    ///< bytes of content
  uint32_t crc = 0;
};

class ZipFile {
 public:
  /// Reads the directory. Throws Error if there is none, it leads outside the file, records are compressed or
  /// encrypted, or hold more bytes together than the file.
  explicit ZipFile(const std::filesystem::path& path);

  const std::map<std::string, ZipRecord>& records() const { return records_; }
  const InputFile& file() const { return file_; }

  /// Copies the record's `size` bytes. Throws Error if it lies outside the file or its checksum does not match.
  void read(const ZipRecord& record, void* to) const;

 private:
  struct Directory {
    uint64_t offset = 0, size = 0, entries = 0;
  };
  Directory find_directory() const;
  Directory read_zip64(uint64_t end_offset) const;
  void read_directory(const std::string& directory, uint64_t entries);
  [[noreturn]] void damaged(const std::string& why) const;

  InputFile file_;
  std::map<std::string, ZipRecord> records_;
};

}  // namespace albef
