#include "albef/image/decode.h"

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/image/bytes.h"
#include "albef/image/codecs.h"
#include "albef/image/exif.h"

namespace albef {
namespace {

using codecs::Source;

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;
constexpr int64_t kMaxSide = int64_t{1} << 20;  // keeps tables that are as long as a side small

enum class Format { kJpeg, kPng, kWebp, kGif, kBmp };

Format format_of(const Source& source) {
  const std::string_view bytes = source.bytes;
  if (bytes.empty()) fail(printable(source.name), ": empty, expected a picture");
  if (bytes.starts_with("\xff\xd8\xff")) return Format::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return Format::kPng;
  if (bytes.starts_with("RIFF") && slice(bytes, 8, 4) == "WEBP") return Format::kWebp;
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return Format::kGif;
  if (bytes.starts_with("BM")) return Format::kBmp;
  fail(printable(source.name), ": no picture of a known format; expected JPEG, PNG, WebP, GIF or BMP");
}

ImageSize stored_size(const Source& source) {
  switch (format_of(source)) {
    case Format::kJpeg:
      return codecs::jpeg_size(source);
    case Format::kPng:
      return codecs::png_size(source);
    case Format::kWebp:
      return codecs::webp_size(source);
    case Format::kGif:
      return codecs::gif_size(source);
    case Format::kBmp:
      break;
  }
  return codecs::bmp_size(source);
}

ScaledImage decode_stored(const Source& source, ImageSize least, uint64_t max_pixels) {
  switch (format_of(source)) {
    case Format::kJpeg:
      return codecs::decode_jpeg(source, least, max_pixels);
    case Format::kPng:
      return {codecs::decode_png(source, max_pixels)};
    case Format::kWebp:
      return {codecs::decode_webp(source, max_pixels)};
    case Format::kGif:
      return {codecs::decode_gif(source, max_pixels)};
    case Format::kBmp:
      break;
  }
  return {codecs::decode_bmp(source, max_pixels)};
}

}  // namespace

void codecs::check_size(int64_t width, int64_t height, const Source& source, uint64_t max_pixels) {
  const std::string what = str(printable(source.name), ": ", width, " x ", height, " pixels");
  if (width < 1 || height < 1) fail(what, ", expected at least 1 x 1; the file is damaged");
  if (width > kMaxSide || height > kMaxSide)
    fail(what, ", over the limit of ", kMaxSide, " a side; shrink the picture");
  if (static_cast<uint64_t>(width) * static_cast<uint64_t>(height) > max_pixels) {
    fail(what, ", over the limit of ", max_pixels, " in all; shrink the picture or raise the limit");
  }
}

ImageSize image_size(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  const Source source{bytes, name};
  const ImageSize size = stored_size(source);
  codecs::check_size(size.width, size.height, source, options.max_pixels);
  if (options.honour_exif && swaps_sides(exif_orientation(bytes))) return {size.height, size.width};
  return size;
}

ScaledImage decode_at_least(std::string_view bytes, const std::string& name, ImageSize least,
                            const DecodeOptions& options) {
  const int orientation = options.honour_exif ? exif_orientation(bytes) : 1;
  if (swaps_sides(orientation)) least = {least.height, least.width};
  ScaledImage decoded = decode_stored({bytes, name}, least, options.max_pixels);
  decoded.image = upright(std::move(decoded.image), orientation);
  return decoded;
}

Image decode_image(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  const int side = static_cast<int>(kMaxSide);  // never reduced
  return decode_at_least(bytes, name, {side, side}, options).image;
}

Image read_image(const std::filesystem::path& path, const DecodeOptions& options) {
  return decode_image(read_file(path, kMaxFileBytes), path.string(), options);
}

}  // namespace albef
