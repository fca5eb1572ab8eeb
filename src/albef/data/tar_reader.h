// Tar archives from front to back, also compressed ones.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "albef/data/archive_input.h"

namespace albef {

struct TarMember {
  std::string name;
  uint64_t offset = 0;   ///< of its bytes in the archive, once that is unpacked
  uint64_t size = 0;     ///< as its header says
  bool is_file = false;  ///< no folder, link or device
};

class TarReader {
 public:
  /// `name` is the archive's, for messages. Error, also from next(), if it is no tar archive.
  TarReader(ByteStream& stream, std::string name) : input_(stream, std::move(name), ArchiveInput::Format::kTar) {}

  /// The next member; none behind the last, or where the archive breaks off: see truncated().
  std::optional<TarMember> next();

  /// The bytes of the member that next() gave; none if they are more than `limit`, or cut off.
  std::optional<std::string> read(uint64_t limit);

  bool truncated() const { return truncated_; }            ///< it ended without an end mark, or within a member
  bool compressed() const { return input_.compressed(); }  ///< behind next()
  uint64_t position() const { return input_.position(); }  ///< bytes taken so far, unpacked

 private:
  ArchiveInput input_;
  TarMember member_;
  uint64_t end_of_last_ = 0;  // of the member's blocks
  bool any_ = false, truncated_ = false;
};

}  // namespace albef
