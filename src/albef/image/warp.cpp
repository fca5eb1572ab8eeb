#include "albef/image/warp.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "albef/base/error.h"

namespace albef {
namespace {

constexpr int kCoordinateBits = 10;  // of the source coordinates while they are added up
constexpr int kFractionBits = 5;     // of those that the weights are made from
constexpr int kSteps = 1 << kFractionBits;

Affine inverse(const Affine& m) {
  const double determinant = m[0] * m[4] - m[1] * m[3];
  const double scale = 1.0 / determinant;
  if (!std::isfinite(scale)) fail("an affine warp of determinant ", determinant, " cannot be undone");
  const double a = m[4] * scale, b = m[1] * -scale, c = m[3] * -scale, d = m[0] * scale;
  return {a, b, -a * m[2] - b * m[5], c, d, -c * m[2] - d * m[5]};
}

// Fixed point, rounded to even; far outside of any picture where it would not fit.
int64_t fixed(double value) {
  constexpr double kFar = int64_t{1} << 40;
  return std::llrint(std::clamp(value * (1 << kCoordinateBits), -kFar, kFar));
}

/// Bilinear mean of the four pixels at (x, y) to (x+1, y+1); those outside count as `fill`.
void sample(const Image& image, int64_t x, int64_t y, int fx, int fy, uint8_t fill, uint8_t* to) {
  const int weights[4] = {(kSteps - fx) * (kSteps - fy), fx * (kSteps - fy), (kSteps - fx) * fy, fx * fy};
  constexpr int kUnit = kSteps * kSteps;
  if (x >= 0 && y >= 0 && x + 1 < image.width && y + 1 < image.height) {
    const uint8_t* upper = image.row(static_cast<int>(y)) + 3 * x;
    const uint8_t* lower = upper + image.row_bytes();
    for (int c = 0; c < 3; ++c) {
      const int sum =
          upper[c] * weights[0] + upper[c + 3] * weights[1] + lower[c] * weights[2] + lower[c + 3] * weights[3];
      to[c] = static_cast<uint8_t>((sum + kUnit / 2) / kUnit);
    }
    return;
  }
  for (int c = 0; c < 3; ++c) {
    int sum = kUnit / 2;
    for (int corner = 0; corner < 4; ++corner) {
      const int64_t px = x + corner % 2, py = y + corner / 2;
      const bool inside = px >= 0 && py >= 0 && px < image.width && py < image.height;
      sum += weights[corner] * (inside ? image.row(static_cast<int>(py))[3 * px + c] : fill);
    }
    to[c] = static_cast<uint8_t>(sum / kUnit);
  }
}

}  // namespace

Image warp_affine(const Image& image, const Affine& forward, uint8_t fill) {
  const Affine back = inverse(forward);
  constexpr int kDropped = kCoordinateBits - kFractionBits;
  constexpr int64_t kRound = int64_t{1} << (kDropped - 1);
  std::vector<int64_t> across_x(image.width), across_y(image.width);  // what x adds to the source coordinates
  for (int x = 0; x < image.width; ++x) {
    across_x[x] = fixed(back[0] * x);
    across_y[x] = fixed(back[3] * x);
  }
  Image result = Image::filled(image.width, image.height);
  uint8_t* to = result.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    const int64_t row_x = fixed(back[1] * y + back[2]) + kRound, row_y = fixed(back[4] * y + back[5]) + kRound;
    for (int x = 0; x < image.width; ++x, to += 3) {
      const int64_t sx = (row_x + across_x[x]) >> kDropped, sy = (row_y + across_y[x]) >> kDropped;
      sample(image, sx >> kFractionBits, sy >> kFractionBits, static_cast<int>(sx & (kSteps - 1)),
             static_cast<int>(sy & (kSteps - 1)), fill, to);
    }
  }
  return result;
}

Affine rotation(double center_x, double center_y, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double c = std::cos(angle), s = std::sin(angle);
  return {c, s, (1 - c) * center_x - s * center_y, -s, c, s * center_x + (1 - c) * center_y};
}

}  // namespace albef
