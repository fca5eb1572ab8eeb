// Pictures and their captions, held compactly: the strings in one block of bytes, about 36 bytes a record beside them.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace albef {

/// Records in the order of their files. A record is a picture with one or more captions; its captions are numbered
/// through all records too, which makes them the pairs of `captions: expand`.
class PairList {
 public:
  /// Where a record stands in the user's files; `number` is 1 for the first of a file.
  struct Place {
    std::string file;
    uint64_t number;
  };

  uint64_t records() const { return image_ids_.size(); }
  uint64_t captions() const { return starts_.size() - 1 - records(); }

  std::string image(uint64_t record) const;  ///< the picture's path, below its source's image root
  uint64_t caption_count(uint64_t record) const { return first_[record + 1] - first_[record] - 1; }
  std::string_view caption(uint64_t record, uint64_t i) const { return text(first_[record] + 1 + i); }
  int64_t image_id(uint64_t record) const { return image_ids_[record]; }  ///< equal for records of one image
  Place place(uint64_t record) const;

  /// Of names, captions and which images are the same; not of where the files lie. Other lists have another.
  uint64_t fingerprint() const;

  uint64_t first_caption(uint64_t record) const { return first_[record] - record; }  ///< its number among all
  uint64_t record_of_caption(uint64_t caption) const;

  /// Records added from now on come from `file`, with relative pictures below `image_root` (may be empty).
  void begin_source(std::string file, std::string image_root);
  void add(uint64_t number, std::string_view image, std::span<const std::string> captions, int64_t image_id);

 private:
  struct Source {
    std::string file, image_root;
    uint64_t first_record;
  };
  const Source& source(uint64_t record) const;
  std::string_view text(uint64_t i) const {
    return std::string_view(bytes_).substr(starts_[i], starts_[i + 1] - starts_[i]);
  }
  void append(std::string_view text);

  std::string bytes_;                   // per record: its picture's name, then its captions
  std::vector<uint64_t> starts_ = {0};  // where each of those strings begins, and the end
  std::vector<uint64_t> first_ = {0};   // per record the number of its first string, and the end
  std::vector<int64_t> image_ids_;
  std::vector<uint32_t> numbers_;
  std::vector<Source> sources_;
};

}  // namespace albef
