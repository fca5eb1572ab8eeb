// JPEG out, for synthetic photographs.
#pragma once
#include <string>

#include "albef/image/image.h"

namespace albef {

/// The bytes of a baseline JPEG file with 4:2:0 chroma. quality 1 to 100. Error for an empty picture.
std::string encode_jpeg(const Image& image, int quality = 85);

}  // namespace albef
