#include "albef/image/decode.h"

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/image/exif.h"
#include "albef/image/formats.h"

namespace albef {
namespace {

using codecs::Source;

int orientation_of(const codecs::Format& format, std::string_view bytes, const DecodeOptions& options) {
  return options.honour_exif && format.exif ? exif_orientation(format.exif(bytes)) : 1;
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
  const auto& format = codecs::format_of(source);
  const ImageSize size = format.size(source);
  codecs::check_size(size.width, size.height, source, options.max_pixels);
  if (swaps_sides(orientation_of(format, bytes, options))) return {size.height, size.width};
  return size;
}

DecodedPart decode_part(std::string_view bytes, const std::string& name, const Part& part,
                        const DecodeOptions& options) {
  const Source source{bytes, name};
  const auto& format = codecs::format_of(source);
  const int orientation = orientation_of(format, bytes, options);
  if (orientation == 1) return format.decode(source, part, options.max_pixels);
  Part stored{.least = part.least};
  if (swaps_sides(orientation)) stored.least = {part.least.height, part.least.width};
  DecodedPart decoded = format.decode(source, stored, options.max_pixels);
  decoded.image = upright(std::move(decoded.image), orientation);
  return decoded;
}

Image decode_image(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  return decode_part(bytes, name, {}, options).image;
}

Image read_image(const std::filesystem::path& path, const DecodeOptions& options) {
  return decode_image(read_file(path, kMaxPictureBytes), path.string(), options);
}

}  // namespace albef
