// Which of many pictures are copies of each other, by their looks.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "albef/image/picture_look.h"

namespace albef {

/// Per look the lowest number of those that it belongs together with; its own if with none. Looks belong together that
/// are alike (look_alike), directly or through others.
///
/// Not all are compared with all, but those that are equal in one of 16 overlapping windows of 24 bits: copies of
/// Flickr8k's pictures were alike and had none in common in 0.5 % of the cases. Of looks that are equal in a window, by
/// the thousand where pictures are plain, each meets the kMostMet that sort next to it. So time is n log n for any
/// pictures, and memory 24 bytes a picture.
std::vector<uint32_t> alike_groups(std::span<const PictureLook> looks);

inline constexpr size_t kMostMet = 200;

}  // namespace albef
