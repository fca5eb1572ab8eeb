// What is kept of each picture that was read, and which of them are the same.
#pragma once
#include <vector>

#include "albef/data/check_pictures.h"
#include "albef/image/picture_look.h"

namespace albef {

/// A readable picture, in 76 bytes.
struct SeenPicture {
  PictureLook look;
  uint32_t number = 0;      ///< of its NamedPicture
  uint64_t bytes_hash = 0;  ///< of the file: 64 bits and its length, which chance does not repeat
  uint64_t bytes = 0;
};

/// Fills in check.picture.same_bytes and alike, and the pictures of check.overlap.
void compare_pictures(const ListsToCheck& lists, const std::vector<NamedPicture>& named,
                      const std::vector<SeenPicture>& seen, DataCheck& check);

}  // namespace albef
