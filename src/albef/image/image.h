// Pictures as the rest of the program sees them: 8-bit RGB, upper left pixel first.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace albef {

struct ImageSize {
  int width = 0, height = 0;
  bool operator==(const ImageSize&) const = default;
};

/// A rectangle in pixels. It must lie inside its picture and hold at least one pixel.
struct Crop {
  int left = 0, top = 0, width = 0, height = 0;
  bool operator==(const Crop&) const = default;
};

struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;  ///< [height, width, 3]: red, green, blue

  static Image filled(int width, int height, uint8_t value = 0) {
    return {width, height, std::vector<uint8_t>(size_t{3} * width * height, value)};
  }
  size_t row_bytes() const { return size_t{3} * width; }
  uint8_t* row(int y) { return pixels.data() + y * row_bytes(); }
  const uint8_t* row(int y) const { return pixels.data() + y * row_bytes(); }
  bool operator==(const Image&) const = default;
};

}  // namespace albef
