// PNG by libpng, fed chunk by chunk ("progressively"), so that a truncated file gives all the rows it holds.
#include <png.h>

#include <algorithm>
#include <csetjmp>

#include "albef/base/error.h"
#include "albef/image/bytes.h"
#include "albef/image/formats.h"

namespace albef::codecs {
namespace {

/// What libpng's callbacks work on. libpng leaves by longjmp, so all that owns memory stays outside of what it jumps
/// over.
struct PngTarget {
  Image image;
  int rows = 0;  // that came, of whatever pass
  std::string message;
  png_infop info = nullptr;
};

// Pillow converts 16-bit gray by clipping: 300 becomes 255. All other 16-bit samples keep their high byte.
void clip_gray16(png_structp, png_row_infop row, png_bytep data) {
  for (size_t i = 0; i < size_t{row->width} * 3; ++i) data[i] = data[2 * i] ? 255 : data[2 * i + 1];
}

// Where a file of palette indices ends early, Pillow leaves index 0.
void fill_with_first_color(png_structp png, png_infop info, Image& image) {
  png_colorp palette = nullptr;
  int colors = 0;
  if (png_get_PLTE(png, info, &palette, &colors) != PNG_INFO_PLTE || colors < 1) return;
  const uint8_t first[] = {palette[0].red, palette[0].green, palette[0].blue};
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = first[i % 3];
}

void on_header(png_structp png, png_infop info) {
  auto* target = static_cast<PngTarget*>(png_get_progressive_ptr(png));
  target->info = info;
  const int depth = png_get_bit_depth(png, info), color = png_get_color_type(png, info);
  if (color == PNG_COLOR_TYPE_PALETTE) {
    fill_with_first_color(png, info, target->image);
    png_set_palette_to_rgb(png);
  }
  if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (!(color & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  if (depth == 16 && color == PNG_COLOR_TYPE_GRAY) {
    png_set_read_user_transform_fn(png, clip_gray16);
    png_set_user_transform_info(png, nullptr, 8, 3);
  } else if (depth == 16) {
    png_set_strip_16(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const bool expected = png_get_image_width(png, info) == static_cast<png_uint_32>(target->image.width) &&
                        png_get_image_height(png, info) == static_cast<png_uint_32>(target->image.height) &&
                        png_get_rowbytes(png, info) == target->image.row_bytes();
  if (!expected) png_error(png, "inconsistent header");
}

// A pass of an interlaced picture gives its own pixels and no others: libpng would fill the places of later passes with
// copies of them, which Pillow leaves black where the file ends before.
void on_row(png_structp png, png_bytep data, png_uint_32 y, int pass) {
  auto* target = static_cast<PngTarget*>(png_get_progressive_ptr(png));
  if (!data || y >= static_cast<png_uint_32>(target->image.height)) return;
  uint8_t* row = target->image.row(static_cast<int>(y));
  if (png_get_interlace_type(png, target->info) == PNG_INTERLACE_NONE) {
    std::copy_n(data, target->image.row_bytes(), row);
  } else if (PNG_ROW_IN_INTERLACE_PASS(y, pass)) {
    for (int x = 0; x < target->image.width; ++x) {
      if (PNG_COL_IN_INTERLACE_PASS(x, pass)) std::copy_n(data + ptrdiff_t{3} * x, 3, row + ptrdiff_t{3} * x);
    }
  }
  ++target->rows;
}

void on_end(png_structp, png_infop) {}

void on_error(png_structp png, png_const_charp message) {
  static_cast<PngTarget*>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

/// libpng's two structures, freed together.
struct PngReader {
  explicit PngReader(PngTarget& target)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &target, on_error, on_warning)),
        info(png ? png_create_info_struct(png) : nullptr) {
    if (!info) fail("libpng: out of memory");
  }
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  png_structp png;
  png_infop info;
};

// Everything that may longjmp. Owns nothing.
void feed(const PngReader& reader, PngTarget& target, std::string_view bytes) {
  if (setjmp(png_jmpbuf(reader.png))) return;
  png_set_crc_action(reader.png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // pixels are all we want
  png_set_user_limits(reader.png, target.image.width, target.image.height);
  png_set_progressive_read_fn(reader.png, &target, on_header, on_row, on_end);
  auto* data = reinterpret_cast<png_bytep>(const_cast<char*>(bytes.data()));  // libpng only reads it
  png_process_data(reader.png, reader.info, data, bytes.size());
}

// The header chunk always comes first: length, "IHDR", width, height.
int64_t header_number(const Source& source, uint64_t offset) {
  if (slice(source.bytes, 12, 4) != "IHDR") fail(printable(source.name), ": damaged PNG, its header is missing");
  return read_number(source.bytes, offset, 4, Endian::kBig);
}

bool recognises(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n");
}

ImageSize stored_size(const Source& source) {
  const int64_t width = header_number(source, 16), height = header_number(source, 20);
  return {static_cast<int>(std::min<int64_t>(width, INT32_MAX)),
          static_cast<int>(std::min<int64_t>(height, INT32_MAX))};
}

Image decode(const Source& source, uint64_t max_pixels) {
  const ImageSize size = stored_size(source);
  check_size(size.width, size.height, source, max_pixels);
  PngTarget target{Image::filled(size.width, size.height), 0, "it ends before its first row"};
  const PngReader reader(target);
  feed(reader, target, source.bytes);
  if (target.rows == 0) {
    fail(printable(source.name), ": damaged PNG (", printable(target.message), "); replace the file");
  }
  return std::move(target.image);
}

std::string_view exif(std::string_view file) {
  for (uint64_t at = 8; at + 12 <= file.size();) {
    const uint32_t length = read_number(file, at, 4, Endian::kBig);
    if (file.substr(at + 4, 4) == "eXIf") return slice(file, at + 8, length);
    at += 12 + uint64_t{length};
  }
  return {};
}

constexpr std::string_view kEndings[] = {".png"};

}  // namespace

extern constinit const Format png = {"PNG", kEndings, recognises, stored_size, as_a_whole<decode>, exif};

}  // namespace albef::codecs
