#include "albef/image/picture_look.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "albef/image/resize.h"

namespace albef {
namespace {

/// Pillow's convert("L"): ITU-R 601-2 in integers, rounded.
int luma(const uint8_t* rgb) {
  return (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16;
}

struct BitPlace {
  size_t band;
  uint32_t mask;
};

BitPlace place_of(int row, int column) {
  const int band = (column + row) % PictureLook::kBands;
  return {static_cast<size_t>(band), uint32_t{1} << (2 * row + column / PictureLook::kBands)};
}

}  // namespace

bool PictureLook::bit(int row, int column) const {
  const auto [band, mask] = place_of(row, column);
  return (bands[band] & mask) != 0;
}

void PictureLook::set(int row, int column) {
  const auto [band, mask] = place_of(row, column);
  bands[band] |= mask;
}

PictureLook picture_look(const Image& image) {
  const Image small = resize(image, PictureLook::kColumns + 1, PictureLook::kRows, Interpolation::kBilinear);
  PictureLook look;
  for (int row = 0; row < PictureLook::kRows; ++row) {
    const uint8_t* pixel = small.row(row);
    for (int column = 0; column < PictureLook::kColumns; ++column, pixel += 3) {
      if (luma(pixel + 3) > luma(pixel)) look.set(row, column);
    }
  }
  const Image quarters = resize(image, 2, 2, Interpolation::kBilinear);
  std::copy(quarters.pixels.begin(), quarters.pixels.end(), look.colours.begin());
  return look;
}

int bits_apart(const PictureLook& a, const PictureLook& b) {
  int bits = 0;
  for (size_t i = 0; i < a.bands.size(); ++i) bits += std::popcount(a.bands[i] ^ b.bands[i]);
  return bits;
}

int colours_apart(const PictureLook& a, const PictureLook& b) {
  int most = 0;
  for (size_t i = 0; i < a.colours.size(); ++i) most = std::max(most, std::abs(a.colours[i] - b.colours[i]));
  return most;
}

bool look_alike(const PictureLook& a, const PictureLook& b) {
  return bits_apart(a, b) <= kBitsAlike && colours_apart(a, b) <= kColoursAlike;
}

}  // namespace albef
