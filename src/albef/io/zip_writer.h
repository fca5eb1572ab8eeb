// Zip archives as torch.save writes them: records stored without compression, each 64-byte aligned, all below one
// folder. The format: zip.h.
#pragma once
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace albef {

class ZipWriter {
 public:
  /// `in_64_bits`: sizes and offsets are written as in an archive beyond 4 GB, which else happens where they need it.
  ZipWriter(std::ostream& out, std::string folder, bool in_64_bits = false)
      : out_(out), folder_(std::move(folder)), in_64_bits_(in_64_bits) {}

  /// Writes FOLDER/name. The same calls give the same bytes: records bear no time.
  void add(const std::string& name, const void* data, uint64_t size);
  void add(const std::string& name, const std::string& content) { add(name, content.data(), content.size()); }

  /// Writes the directory; nothing is added after it.
  void finish();

  /// 40 digits that tell these records, by names and contents, from others.
  std::string mark() const;

 private:
  struct Entry {
    std::string name;
    uint64_t offset, size;
    uint32_t crc;
  };
  void write(const std::string& bytes);
  std::string local_header(const Entry& entry) const;
  std::string directory_entry(const Entry& entry) const;
  bool is_wide(const Entry& entry) const;

  std::ostream& out_;
  std::string folder_;
  bool in_64_bits_;
  uint64_t at_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace albef
