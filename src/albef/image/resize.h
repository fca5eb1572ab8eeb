// Resizing with antialiasing, bit for bit as Image.resize of Pillow 13: one pass across and one down, each rounded to
// 8 bits; across first, unless the picture loses many more rows than columns (older Pillow: always). A destination
// pixel is a weighted mean of the source pixels under the filter, which widens as the picture shrinks; weights have 22
// fractional bits.
//
// Widths and heights are in pixels, at least 1; a size or rectangle outside of the picture throws Error.
#pragma once
#include "albef/image/image.h"

namespace albef {

enum class Interpolation {
  kBicubic,   ///< Keys' cubic with a = -0.5, two source pixels to each side; the authors' choice
  kBilinear,  ///< a triangle, one source pixel to each side
};

/// A rectangle whose edges may cut through pixels.
struct Box {
  double left = 0, top = 0, width = 0, height = 0;
};

Image resize(const Image& image, int width, int height, Interpolation filter = Interpolation::kBicubic);

/// The crop first, then resized: the filter sees nothing of what is outside of it, as in torchvision.
Image resized_crop(const Image& image, const Crop& crop, int width, int height,
                   Interpolation filter = Interpolation::kBicubic);

/// The same for a box between pixels, such as a crop on a picture that was decoded at reduced scale. The filter sees
/// the pixels that the box touches. Equals resized_crop where all of the box's numbers are whole.
Image resized_box(const Image& image, const Box& box, int width, int height,
                  Interpolation filter = Interpolation::kBicubic);

}  // namespace albef
