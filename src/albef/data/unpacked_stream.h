// The bytes of a source, unpacked where it is compressed.
#pragma once
#include <memory>
#include <string>

#include "albef/data/archive_input.h"

namespace albef {

class UnpackedStream {
 public:
  /// As open_stream(). Error likewise.
  UnpackedStream(const std::string& source, int64_t timeout);

  size_t read(char* to, size_t size);  ///< as ByteStream's; Error, too, if the compression is damaged
  void finish() { stream_->finish(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  ArchiveInput input_;
};

}  // namespace albef
