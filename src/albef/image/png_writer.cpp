#include "albef/image/png_writer.h"

#include <png.h>

#include <csetjmp>
#include <new>

#include "albef/base/error.h"

namespace albef {
namespace {

struct PngWriter {
  PngWriter() : png(png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, on_warning)) {
    info = png ? png_create_info_struct(png) : nullptr;
    if (!info) throw std::bad_alloc();
  }
  ~PngWriter() { png_destroy_write_struct(&png, &info); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  static void on_warning(png_structp, png_const_charp) {}

  png_structp png = nullptr;
  png_infop info = nullptr;
};

// No C++ exception may pass through libpng, so memory that runs out becomes its kind of error.
void append(png_structp png, png_bytep data, size_t length) {
  bool full = false;
  try {
    static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), length);
  } catch (const std::bad_alloc&) {
    full = true;
  }
  if (full) png_error(png, "out of memory");
}

void flush(png_structp) {}

// Everything that may longjmp. Owns nothing.
bool write(const PngWriter& writer, const Image& image, std::string& bytes) {
  if (setjmp(png_jmpbuf(writer.png))) return false;
  png_set_write_fn(writer.png, &bytes, append, flush);
  png_set_compression_level(writer.png, 6);
  png_set_IHDR(writer.png, writer.info, image.width, image.height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(writer.png, writer.info);
  for (int y = 0; y < image.height; ++y) png_write_row(writer.png, image.row(y));
  png_write_end(writer.png, writer.info);
  return true;
}

}  // namespace

std::string encode_png(const Image& image) {
  if (image.width < 1 || image.height < 1) fail("cannot write a picture of ", image.width, " x ", image.height);
  std::string bytes;
  const PngWriter writer;
  if (!write(writer, image, bytes)) throw std::bad_alloc();
  return bytes;
}

}  // namespace albef
