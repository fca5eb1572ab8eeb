// A stream as libarchive reads it: unpacked where it is compressed (gzip, zstd).
#pragma once
#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "albef/data/byte_stream.h"

struct archive;

namespace albef {

/// The libarchive object and what its callbacks need.
class ArchiveInput {
 public:
  enum class Format { kTar, kRaw };

  /// `stream` must outlive it; `name` is for messages. Error if the stream cannot be read as that format.
  ArchiveInput(ByteStream& stream, std::string name, Format format);
  ArchiveInput(const ArchiveInput&) = delete;
  ArchiveInput& operator=(const ArchiveInput&) = delete;

  archive* get() { return archive_.get(); }
  [[noreturn]] void refuse();  ///< Error with what the source or else libarchive complains about
  uint64_t position() const;   ///< bytes taken so far, unpacked
  bool compressed() const;     ///< behind the first header
  void rethrow();              ///< what the stream threw, which must not pass through libarchive

 private:
  static long read_block(archive*, void* self, const void** block);
  static int64_t skip_bytes(archive*, void* self, int64_t size);

  ByteStream& stream_;
  std::string name_, buffer_;
  Format format_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  std::exception_ptr error_;
};

}  // namespace albef
