// EXIF orientation: how a camera was held, as a number from 1 to 8 (TIFF 6.0, tag 274).
#pragma once
#include <string_view>

#include "albef/image/image.h"

namespace albef {

/// The orientation that a JPEG, PNG or WebP file carries; 1 (upright) where there is none or it is damaged.
int exif_orientation(std::string_view file);

/// Whether turning upright swaps width and height.
inline bool swaps_sides(int orientation) {
  return orientation >= 5;
}

/// The picture turned and mirrored so that it stands as the camera saw it. `orientation` 1 to 8.
Image upright(Image image, int orientation);

/// The payload of the first chunk named `id` (four characters) of a RIFF file such as WebP; empty if there is none.
std::string_view riff_chunk(std::string_view file, std::string_view id);

}  // namespace albef
