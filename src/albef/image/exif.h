// EXIF orientation: how a camera was held, as a number from 1 to 8 (TIFF 6.0, tag 274).
#pragma once
#include <string_view>

#include "albef/image/image.h"

namespace albef {

/// What an EXIF block begins with in some formats, and what tells it from others in a JPEG.
inline constexpr std::string_view kExifMark("Exif\0\0", 6);

/// The orientation in a file's EXIF block, with its mark or without; 1 (upright) where there is none or it is damaged.
int exif_orientation(std::string_view exif);

/// Whether turning upright swaps width and height.
inline bool swaps_sides(int orientation) {
  return orientation >= 5;
}

/// The picture turned and mirrored so that it stands as the camera saw it. `orientation` 1 to 8.
Image upright(Image image, int orientation);

}  // namespace albef
