// Parts of pictures by name: "VG_100K/1.jpg#xywh=10,20,300,200" is what lies 10 pixels from the left and 20 from the
// top, 300 wide and 200 high (W3C Media Fragments URI 1.0, 4.2.2, in whole pixels).
#pragma once
#include <optional>
#include <string>

#include "albef/image/image.h"

namespace albef {

struct PictureRegion {
  std::string picture;  ///< name of the whole
  Crop part;            ///< may reach beyond it
};

/// The name of a part of `picture`.
std::string region_name(const std::string& picture, const Crop& part);

/// What `name` stands for; none where it does not end as a part's name does (numbers from 0, sides from 1), or is the
/// name of a file.
std::optional<PictureRegion> picture_region(const std::string& name);

/// What of `part` lies within a picture of that size; none where nothing does.
std::optional<Crop> cut_to(const Crop& part, ImageSize size);

/// The pixels of a part that lies within the picture.
Image cut_out(const Image& image, const Crop& part);

}  // namespace albef
