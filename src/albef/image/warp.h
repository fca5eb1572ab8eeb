// Affine warps, bit for bit as OpenCV 4.6's warpAffine(INTER_LINEAR, BORDER_CONSTANT) for 8-bit pictures. Written here
// because OpenCV's own result differs between its releases, and with it what a network is trained on.
#pragma once
#include <array>
#include <cstdint>

#include "albef/image/image.h"

namespace albef {

/// (x, y) goes to (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]).
using Affine = std::array<double, 6>;

/// The picture moved by `forward`, same size; `fill` where nothing comes to lie. Coordinates are rounded to 1/32 pixel.
/// Sides up to 2^20; `forward` must be finite and invertible, else Error.
Image warp_affine(const Image& image, const Affine& forward, uint8_t fill);

/// The rotation by `degrees`, counter-clockwise as seen, that leaves (center_x, center_y) where it is.
Affine rotation(double center_x, double center_y, double degrees);

}  // namespace albef
