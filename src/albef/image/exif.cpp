#include "albef/image/exif.h"

#include "albef/image/bytes.h"

namespace albef {
namespace {

std::string_view without_mark(std::string_view exif) {
  return exif.starts_with(kExifMark) ? exif.substr(kExifMark.size()) : exif;
}

// The orientation in the first directory of a TIFF structure.
uint32_t tiff_orientation(std::string_view tiff) {
  const Endian endian = tiff.starts_with("MM") ? Endian::kBig : Endian::kLittle;
  if (!tiff.starts_with("MM") && !tiff.starts_with("II")) return 1;
  const uint64_t directory = read_number(tiff, 4, 4, endian);
  const uint32_t entries = read_number(tiff, directory, 2, endian);
  for (uint64_t i = 0; i < entries && directory + 2 + i * 12 < tiff.size(); ++i) {
    const uint64_t entry = directory + 2 + i * 12;  // tag, type, count, value
    if (read_number(tiff, entry, 2, endian) != 274) continue;
    const bool is_long = read_number(tiff, entry + 2, 2, endian) == 4;
    return read_number(tiff, entry + 8, is_long ? 4 : 2, endian);
  }
  return 1;
}

}  // namespace

int exif_orientation(std::string_view exif) {
  const uint32_t orientation = tiff_orientation(without_mark(exif));
  return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
}

Image upright(Image image, int orientation) {
  if (orientation == 1) return image;
  const bool swapped = swaps_sides(orientation);
  const bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image turned = Image::filled(swapped ? image.height : image.width, swapped ? image.width : image.height);
  uint8_t* to = turned.pixels.data();
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x, to += 3) {
      const int column = swapped ? y : x, line = swapped ? x : y;
      const uint8_t* from = image.row(mirror_y ? image.height - 1 - line : line) +
                            size_t{3} * (mirror_x ? image.width - 1 - column : column);
      to[0] = from[0], to[1] = from[1], to[2] = from[2];
    }
  }
  return turned;
}

}  // namespace albef
