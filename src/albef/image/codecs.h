// One pair of functions per file format; formats.h chooses between them. Contracts and errors are decode.h's.
#pragma once
#include <string>
#include <string_view>

#include "albef/image/decode.h"

namespace albef::codecs {

/// Bytes of one picture and the name that messages give it. Both must outlive the call.
struct Source {
  std::string_view bytes;
  const std::string& name;
};

/// Error unless both sides are 1 to 2^20 and the picture has at most `max_pixels`. To be called before any allocation.
void check_size(int64_t width, int64_t height, const Source& source, uint64_t max_pixels);

ImageSize jpeg_size(const Source& source);
ScaledImage decode_jpeg(const Source& source, ImageSize least, uint64_t max_pixels);

ImageSize png_size(const Source& source);
Image decode_png(const Source& source, uint64_t max_pixels);

ImageSize webp_size(const Source& source);
Image decode_webp(const Source& source, uint64_t max_pixels);

ImageSize gif_size(const Source& source);
Image decode_gif(const Source& source, uint64_t max_pixels);

ImageSize bmp_size(const Source& source);
Image decode_bmp(const Source& source, uint64_t max_pixels);

}  // namespace albef::codecs
