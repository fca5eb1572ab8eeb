// A file that pictures are read out of: one of the user's, or a copy without a name of what had to be fetched.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "albef/base/error.h"

namespace albef {

class SpooledFile {
 public:
  /// Throws UnusableSample if it cannot be opened.
  static std::shared_ptr<const SpooledFile> open(const std::string& path);

  /// The first `size` bytes of what `source` (open_stream) gives once it is unpacked. Throws UnusableSample if the
  /// source fails or ends before, and as SpoolWriter.
  static std::shared_ptr<const SpooledFile> unpack(const std::string& source, int64_t timeout, uint64_t size);

  explicit SpooledFile(int descriptor) : file_(descriptor) {}
  ~SpooledFile();
  SpooledFile(const SpooledFile&) = delete;
  SpooledFile& operator=(const SpooledFile&) = delete;

  /// Throws UnusableSample, naming `name`, if it does not hold them.
  std::string read(uint64_t offset, uint64_t size, const std::string& name) const;

 private:
  int file_;
};

/// The folder for temporary files has no room, which is no sample's fault.
class SpoolFull : public Error {
 public:
  using Error::Error;
};

/// Makes a file without a name in the folder for temporary files ($TMPDIR). SpoolFull where that is so.
class SpoolWriter {
 public:
  SpoolWriter();
  ~SpoolWriter();
  SpoolWriter(const SpoolWriter&) = delete;
  SpoolWriter& operator=(const SpoolWriter&) = delete;

  void write(std::string_view bytes);
  uint64_t size() const { return size_; }  ///< bytes written
  std::shared_ptr<const SpooledFile> finish();

 private:
  std::filesystem::path folder_;
  int file_;
  uint64_t size_ = 0;
};

}  // namespace albef
