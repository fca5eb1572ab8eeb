// Bytes that come one after the other: a file, or what a command writes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace albef {

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Up to `size` bytes, at least one; 0 at the end. Error where they cannot be had, Interrupted where the work was
  /// given up meanwhile.
  virtual size_t read(char* to, size_t size) = 0;

  /// Passes over up to `size` bytes without reading them; returns how many, 0 where that is not possible.
  virtual uint64_t skip(uint64_t size) = 0;

  /// Error if the source did not end well, as a command that failed. Nothing where it was not read to its end.
  virtual void finish() {}
};

/// Opens a path, or runs the command of "pipe:COMMAND" (patterns.h), which is ended with all that it began when the
/// stream goes, and when it gives nothing for `timeout` seconds. Error if it cannot be opened or is no regular file.
std::unique_ptr<ByteStream> open_stream(const std::string& source, int64_t timeout);

/// The command of "pipe:COMMAND".
std::unique_ptr<ByteStream> run_command(const std::string& command, int64_t timeout);

}  // namespace albef
