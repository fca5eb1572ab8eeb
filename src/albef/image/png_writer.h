// Pictures out, for generated scenes and reports.
#pragma once
#include <string>

#include "albef/image/image.h"

namespace albef {

/// The bytes of a PNG file, 8-bit RGB. The same picture always gives the same bytes. Error for an empty picture.
std::string encode_png(const Image& image);

}  // namespace albef
