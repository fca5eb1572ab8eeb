// Where the bytes of pictures come from: files today; members of an archive or a program's output are other sources.
#pragma once
#include <string>

#include "albef/data/bad_samples.h"

namespace albef {

/// Thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// All bytes of what `name` stands for. Throws UnusableSample, whose reason is "no such file" or "unreadable file".
  virtual std::string read(const std::string& name) const = 0;
};

/// Names are paths. A file over kMaxPictureBytes counts as unreadable.
class FileBytes : public ByteSource {
 public:
  std::string read(const std::string& name) const override;
};

}  // namespace albef
