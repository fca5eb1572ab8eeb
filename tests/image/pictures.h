// Pictures and encoders that the tests of this folder share.
#pragma once
#include <string>
#include <vector>

#include "albef/image/image.h"

namespace albef {

/// Every level of every channel drawn from `seed`.
Image noise(int width, int height, uint64_t seed);

/// Like a photo: smooth light, soft-edged things of all sizes, and a little grain.
Image photo_like(int width, int height, uint64_t seed);

/// Largest and mean difference between levels; the pictures must be of one size.
int largest_difference(const Image& a, const Image& b);
double mean_difference(const Image& a, const Image& b);

/// A JPEG, PNG or WebP file with an EXIF block that holds nothing but `orientation`.
std::string with_orientation(const std::string& file, int orientation, bool big_endian = false);

/// A PNG of raw samples: `samples` holds its rows, each without the filter byte; a palette of RGB triples if not empty.
struct RawPng {
  int width = 0, height = 0, depth = 8, color_type = 2;
  bool interlaced = false;
  std::vector<uint8_t> samples, palette, alpha;
};
std::string encode_raw_png(const RawPng& png);

/// A GIF of one frame of palette indices at (left, top) of a screen.
struct RawGif {
  int screen_width = 0, screen_height = 0, left = 0, top = 0, width = 0, height = 0;
  bool interlaced = false;
  int transparent = -1;  ///< index, or none
  std::vector<uint8_t> indices;
  std::vector<uint8_t> palette;  ///< RGB triples, a power of two of them
};
std::string encode_raw_gif(const RawGif& gif);

/// A lossless WebP of RGBA pixels.
std::string encode_webp(int width, int height, const std::vector<uint8_t>& rgba);

/// `value` as `width` little-endian bytes.
std::string little(uint64_t value, int width);
std::string big(uint64_t value, int width);

}  // namespace albef
