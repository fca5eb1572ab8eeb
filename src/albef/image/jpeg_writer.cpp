#include "albef/image/jpeg_writer.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

// jpeglib.h needs FILE and size_t from above it.
#include <jpeglib.h>

#include "albef/base/error.h"

namespace albef {

std::string encode_jpeg(const Image& image, int quality) {
  if (image.width < 1 || image.height < 1) fail("an empty picture cannot be written as JPEG");
  if (image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION)
    fail("a picture of ", image.width, "x", image.height, " is too large for JPEG");
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);  // nothing can fail from here on but memory
  jpeg_create_compress(&codec);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &buffer, &size);
  codec.image_width = static_cast<JDIMENSION>(image.width);
  codec.image_height = static_cast<JDIMENSION>(image.height);
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  jpeg_start_compress(&codec, TRUE);
  for (int y = 0; y < image.height; ++y) {
    auto* row = const_cast<JSAMPLE*>(image.row(y));
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(buffer, &std::free);
  return std::string(reinterpret_cast<const char*>(buffer), size);
}

}  // namespace albef
