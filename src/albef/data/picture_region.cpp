#include "albef/data/picture_region.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "albef/base/error.h"
#include "albef/base/numbers.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr std::string_view kMark = "#xywh=";

/// "1,2,3,4"; false where it is anything else.
bool parse_part(std::string_view text, Crop& part) {
  int* const numbers[] = {&part.left, &part.top, &part.width, &part.height};
  for (int* number : numbers) {
    const size_t comma = text.find(',');
    const bool last = number == &part.height;
    if ((comma == std::string_view::npos) != last) return false;
    const std::string_view digits = text.substr(0, comma);
    if (digits.find_first_not_of("0123456789") != std::string_view::npos || !parse_number(digits, *number))
      return false;
    if (!last) text.remove_prefix(comma + 1);
  }
  return part.width >= 1 && part.height >= 1;
}

}  // namespace

std::string region_name(const std::string& picture, const Crop& part) {
  return str(picture, kMark, part.left, ",", part.top, ",", part.width, ",", part.height);
}

std::optional<PictureRegion> picture_region(const std::string& name) {
  const size_t mark = name.rfind(kMark);
  PictureRegion region;
  std::error_code ignored;
  if (mark == std::string::npos || !parse_part(std::string_view(name).substr(mark + kMark.size()), region.part) ||
      fs::is_regular_file(name, ignored))
    return std::nullopt;
  region.picture = name.substr(0, mark);
  return region;
}

std::optional<Crop> cut_to(const Crop& part, ImageSize size) {
  const int64_t right = int64_t{part.left} + part.width, bottom = int64_t{part.top} + part.height;
  const int left = std::max(part.left, 0), top = std::max(part.top, 0);
  const auto width = std::min<int64_t>(right, size.width) - left, height = std::min<int64_t>(bottom, size.height) - top;
  if (width < 1 || height < 1) return std::nullopt;
  return Crop{left, top, static_cast<int>(width), static_cast<int>(height)};
}

Image cut_out(const Image& image, const Crop& part) {
  Image out = Image::filled(part.width, part.height);
  for (int y = 0; y < part.height; ++y) {
    const uint8_t* from = image.row(part.top + y) + size_t{3} * static_cast<size_t>(part.left);
    std::copy_n(from, out.row_bytes(), out.row(y));
  }
  return out;
}

}  // namespace albef
