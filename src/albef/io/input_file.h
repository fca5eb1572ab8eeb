// A file read at any place, each place checked against the file's length first. Not mapped into memory: a file that
// shrinks while it is read gives an Error here and would give SIGBUS there.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace albef {

/// Whether `name` is that of something in a folder itself: a name read from a file must not lead elsewhere.
bool is_plain_name(const std::string& name);

class InputFile {
 public:
  /// Throws Error if `path` is missing, not a regular file or not readable.
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }
  uint64_t size() const { return size_; }

  /// `size` bytes from `offset` on. Throws Error if the file does not hold them (checked before anything is allocated).
  void read(uint64_t offset, void* to, uint64_t size) const;
  std::string read_text(uint64_t offset, uint64_t size) const;

  /// As read(), and returns the CRC-32 of `previous` and these bytes. With `to` null the bytes are only summed.
  uint32_t read_summed(uint64_t offset, void* to, uint64_t size, uint32_t previous = 0) const;

 private:
  void check(uint64_t offset, uint64_t size) const;

  std::string name_;
  uint64_t size_ = 0;
  int file_ = -1;
};

}  // namespace albef
