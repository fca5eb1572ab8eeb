#include "albef/image/warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "albef/base/error.h"
#include "albef/image/fast_loop.h"

namespace albef {
namespace {

constexpr int kCoordinateBits = 10;  // of the source coordinates while they are added up
constexpr int kFractionBits = 5;     // of those that the weights are made from
constexpr int kSteps = 1 << kFractionBits;
constexpr int kUnit = kSteps * kSteps;

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

/// Where a pixel of the result comes from: the pixel (x, y) and its next ones, and how far between them, in 1/32.
struct Origin {
  int64_t x, y;
  int across, down;
};

/// Bilinear mean of the four pixels at (x, y) to (x+1, y+1); those outside count as `fill`.
void sample(const Image& image, const Origin& from, uint8_t fill, uint8_t* to) {
  if (from.x < -1 || from.y < -1 || from.x >= image.width || from.y >= image.height) {
    std::fill_n(to, 3, fill);
    return;
  }
  const int fx = from.across, fy = from.down;
  const int weights[4] = {(kSteps - fx) * (kSteps - fy), fx * (kSteps - fy), (kSteps - fx) * fy, fx * fy};
  for (int c = 0; c < 3; ++c) {
    int sum = kUnit / 2;
    for (int corner = 0; corner < 4; ++corner) {
      const int64_t px = from.x + corner % 2, py = from.y + corner / 2;
      const bool inside = px >= 0 && py >= 0 && px < image.width && py < image.height;
      sum += weights[corner] * (inside ? image.row(static_cast<int>(py))[3 * px + c] : fill);
    }
    to[c] = static_cast<uint8_t>(sum / kUnit);
  }
}

/// What `bytes` bytes of a row are made of: a row's four neighbours each, and how far between them each byte lies.
struct Neighbours {
  const uint8_t *upper_left, *upper_right, *lower_left, *lower_right, *across, *down;
};

ALBEF_FAST_LOOP void blend(const Neighbours& from, size_t bytes, uint8_t* __restrict to) {
  const auto [upper_left, upper_right, lower_left, lower_right, across, down] = from;
  for (size_t i = 0; i < bytes; ++i) {
    const auto upper = static_cast<int16_t>(upper_left[i] * (kSteps - across[i]) + upper_right[i] * across[i]);
    const auto lower = static_cast<int16_t>(lower_left[i] * (kSteps - across[i]) + lower_right[i] * across[i]);
    // (upper * (kSteps - down) + lower * down + kUnit / 2) / kUnit, with nothing over 16 bits but the product's head.
    const auto difference = static_cast<int16_t>(4 * (lower - upper)), part = static_cast<int16_t>(512 * down[i]);
    const auto moved = static_cast<int16_t>((int32_t{difference} * part) >> 16);
    to[i] = static_cast<uint8_t>(static_cast<int16_t>(upper + moved + kSteps / 2) >> kFractionBits);
  }
}

/// The result's rows, each made by itself.
class Warp {
 public:
  Warp(const Image& image, const Affine& back, uint8_t fill)
      : image_(image), back_(back), fill_(fill), across_x_(image.width), across_y_(image.width) {
    for (int x = 0; x < image.width; ++x) {
      across_x_[x] = fixed(back[0] * x);
      across_y_[x] = fixed(back[3] * x);
      runs_along_ = runs_along_ && across_x_[x] == int64_t{x} << kCoordinateBits && across_y_[x] == 0;
    }
    for (auto& row : gathered_) row.resize(image.row_bytes() + 1);
  }

  void make_row(int y, uint8_t* to) {
    row_x_ = fixed(back_[1] * y + back_[2]) + kRound;
    row_y_ = fixed(back_[4] * y + back_[5]) + kRound;
    // Both coordinates rise or fall along the row, so what lies inside is in one piece.
    int begin = 0, end = image_.width;
    for (; begin < end && !inside(origin(begin)); ++begin)
      sample(image_, origin(begin), fill_, to + ptrdiff_t{3} * begin);
    for (; begin < end && !inside(origin(end - 1)); --end)
      sample(image_, origin(end - 1), fill_, to + ptrdiff_t{3} * (end - 1));
    if (begin == end) return;
    blend(runs_along_ ? along(begin, end) : gather(begin, end), size_t{3} * (end - begin), to + ptrdiff_t{3} * begin);
  }

 private:
  static constexpr int kDropped = kCoordinateBits - kFractionBits;
  static constexpr int64_t kRound = int64_t{1} << (kDropped - 1);

  Origin origin(int x) const {
    const int64_t sx = (row_x_ + across_x_[x]) >> kDropped, sy = (row_y_ + across_y_[x]) >> kDropped;
    return {sx >> kFractionBits, sy >> kFractionBits, static_cast<int>(sx & (kSteps - 1)),
            static_cast<int>(sy & (kSteps - 1))};
  }

  // With all its neighbours, and one byte more that gather() copies.
  bool inside(const Origin& from) const {
    return from.x >= 0 && from.y >= 0 && from.x + 2 < image_.width && from.y + 1 < image_.height;
  }

  const uint8_t* pixel(const Origin& from) const { return image_.row(static_cast<int>(from.y)) + 3 * from.x; }

  // A row of the result that is made from two rows of the picture.
  Neighbours along(int begin, int end) {
    const Origin from = origin(begin);
    const uint8_t *upper = pixel(from), *lower = upper + image_.row_bytes();
    std::fill_n(gathered_[4].begin(), size_t{3} * (end - begin), static_cast<uint8_t>(from.across));
    std::fill_n(gathered_[5].begin(), size_t{3} * (end - begin), static_cast<uint8_t>(from.down));
    return {upper, upper + 3, lower, lower + 3, gathered_[4].data(), gathered_[5].data()};
  }

  // Neighbours from anywhere, copied beside each other; four bytes at a time, the last of which the next pixel
  // replaces.
  Neighbours gather(int begin, int end) {
    uint8_t* to[6];
    for (int i = 0; i < 6; ++i) to[i] = gathered_[i].data();
    constexpr uint32_t kEach = 0x010101;
    for (int x = begin; x < end; ++x) {
      const Origin from = origin(x);
      const uint8_t *upper = pixel(from), *lower = upper + image_.row_bytes();
      const uint32_t across = from.across * kEach, down = from.down * kEach;
      std::memcpy(to[0], upper, 4);
      std::memcpy(to[1], upper + 3, 4);
      std::memcpy(to[2], lower, 4);
      std::memcpy(to[3], lower + 3, 4);
      std::memcpy(to[4], &across, 4);
      std::memcpy(to[5], &down, 4);
      for (uint8_t*& each : to) each += 3;
    }
    return {gathered_[0].data(), gathered_[1].data(), gathered_[2].data(),
            gathered_[3].data(), gathered_[4].data(), gathered_[5].data()};
  }

  const Image& image_;
  const Affine back_;
  const uint8_t fill_;
  std::vector<int64_t> across_x_, across_y_;  // what x adds to the source coordinates
  int64_t row_x_ = 0, row_y_ = 0;             // what the row adds
  bool runs_along_ = true;                    // rows lie along the picture's rows
  std::array<std::vector<uint8_t>, 6> gathered_;
};

}  // namespace

Image warp_affine(const Image& image, const Affine& forward, uint8_t fill) {
  Image result = Image::filled(image.width, image.height);
  Warp warp(image, inverse(forward), fill);
  for (int y = 0; y < image.height; ++y) warp.make_row(y, result.row(y));
  return result;
}

Affine rotation(double center_x, double center_y, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double c = std::cos(angle), s = std::sin(angle);
  return {c, s, (1 - c) * center_x - s * center_y, -s, c, s * center_x + (1 - c) * center_y};
}

}  // namespace albef
