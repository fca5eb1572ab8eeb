#include "albef/image/resize.h"

#include <algorithm>
#include <cmath>

#include "albef/base/error.h"
#include "albef/image/transpose.h"
#include "albef/image/weigh.h"

namespace albef {
namespace {

/// For each destination pixel: the source pixels under the filter and their weights.
struct Taps {
  int pairs = 0;                    ///< of the longest run of source pixels
  std::vector<int> first, count;    ///< [destination]
  std::vector<WeightPair> weights;  ///< [destination, pairs]; a row sums to about 1

  int size() const { return static_cast<int>(first.size()); }
  WeightPair* of(int destination) { return weights.data() + size_t{1} * destination * pairs; }
  const WeightPair* of(int destination) const { return weights.data() + size_t{1} * destination * pairs; }
};

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double triangle(double x) {
  return std::max(0.0, 1 - std::abs(x));
}

// Spreads `to` destination pixels over the source's `start` .. `start + length`, of which pixels 0 .. `limit`-1 are
// seen.
Taps make_taps(double start, double length, int limit, int to, Interpolation filter) {
  const bool cubic = filter == Interpolation::kBicubic;
  const double scale = length / to, widening = std::max(scale, 1.0);
  const double reach = (cubic ? 2.0 : 1.0) * widening;
  Taps taps;
  const int most = static_cast<int>(std::min<double>(std::ceil(reach) * 2 + 1, limit));
  taps.pairs = (most + 1) / 2;
  taps.first.resize(to);
  taps.count.resize(to);
  taps.weights.resize(size_t{1} * to * taps.pairs);
  std::vector<double> exact(most);
  for (int i = 0; i < to; ++i) {
    const double center = start + (i + 0.5) * scale, per_pixel = 1.0 / widening;
    const int first = std::max(0, static_cast<int>(center - reach + 0.5));
    const int count = std::min(limit, static_cast<int>(center + reach + 0.5)) - first;
    double sum = 0;
    for (int t = 0; t < count; ++t) {
      const double distance = (t + first - center + 0.5) * per_pixel;
      exact[t] = cubic ? bicubic(distance) : triangle(distance);
      sum += exact[t];
    }
    taps.first[i] = first;
    taps.count[i] = count;
    for (int t = 0; t < count; ++t) {
      const double weight = (sum != 0 ? exact[t] / sum : exact[t]) * (1 << kWeightBits);
      taps.of(i)[t / 2].set(t % 2, static_cast<int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5));
    }
  }
  return taps;
}

/// A rectangle of a picture that lives elsewhere.
struct View {
  const uint8_t* pixels;
  size_t stride;  ///< bytes from a row to the next
  int width, height;
};

View view_of(const Image& image) {
  return {image.pixels.data(), image.row_bytes(), image.width, image.height};
}

// Across is down on the picture transposed: 32 rows at a time are turned so that each column of bytes becomes a row.
Image pass_across(const View& from, const Taps& taps) {
  Image result = Image::filled(taps.size(), from.height);
  const size_t from_bytes = size_t{3} * from.width, to_bytes = result.row_bytes();
  std::vector<uint8_t> turned(from_bytes * kStrip), turned_result(to_bytes * kStrip), spare(to_bytes);
  for (int y = 0; y < from.height; y += kStrip) {
    const uint8_t* rows[kStrip];
    uint8_t* result_rows[kStrip];
    for (int r = 0; r < kStrip; ++r) {  // below the last row: the last one again, its result thrown away
      const bool below = y + r >= from.height;
      rows[r] = from.pixels + (below ? from.height - 1 : y + r) * from.stride;
      result_rows[r] = below ? spare.data() : result.row(y + r);
    }
    strip_to_columns(rows, from_bytes, turned.data());
    constexpr size_t kPixel = 3 * kStrip;
    for (int x = 0; x < taps.size(); ++x) {
      weigh(turned.data() + taps.first[x] * kPixel, kPixel, taps.of(x), taps.count[x], kPixel,
            &turned_result[x * kPixel]);
    }
    columns_to_strip(turned_result.data(), to_bytes, result_rows);
  }
  return result;
}

Image pass_down(const View& from, const Taps& taps) {
  Image result = Image::filled(from.width, taps.size());
  for (int y = 0; y < result.height; ++y) {
    const uint8_t* first = from.pixels + taps.first[y] * from.stride;
    weigh(first, from.stride, taps.of(y), taps.count[y], result.row_bytes(), result.row(y));
  }
  return result;
}

Image copy(const View& from) {
  Image result = Image::filled(from.width, from.height);
  for (int y = 0; y < from.height; ++y) std::copy_n(from.pixels + y * from.stride, result.row_bytes(), result.row(y));
  return result;
}

/// One side of a box: of `limit` pixels that it touches, `length` from `start` on become `to`.
struct Side {
  double start, length;
  int limit, to;
  bool same() const { return start == 0 && length == limit && limit == to; }
};

}  // namespace

Image resized_box(const Image& image, const Box& box, int width, int height, Interpolation filter) {
  const bool inside = box.left >= 0 && box.top >= 0 && box.width > 0 && box.height > 0 &&
                      box.left + box.width <= image.width && box.top + box.height <= image.height;
  if (!inside || width < 1 || height < 1) {
    fail("cannot resize ", box.width, " x ", box.height, " at (", box.left, ", ", box.top, ") of a picture of ",
         image.width, " x ", image.height, " to ", width, " x ", height, ": outside of the picture, or empty");
  }
  const int left = static_cast<int>(box.left), top = static_cast<int>(box.top);  // rounded down: what the box touches
  const Side x{box.left - left, box.width, static_cast<int>(std::ceil(box.left + box.width)) - left, width};
  const Side y{box.top - top, box.height, static_cast<int>(std::ceil(box.top + box.height)) - top, height};
  const View seen{image.row(top) + size_t{3} * left, image.row_bytes(), x.limit, y.limit};
  const auto taps = [filter](const Side& s) { return make_taps(s.start, s.length, s.limit, s.to, filter); };

  if (x.same() && y.same()) return copy(seen);
  if (y.same()) return pass_across(seen, taps(x));
  if (x.same()) return pass_down(seen, taps(y));
  // Rounding in between makes the order visible. Pillow 13 goes down first where that drops many rows.
  const bool down_first = height < y.limit && y.limit - height > 2 * (x.limit - width);
  if (down_first) return pass_across(view_of(pass_down(seen, taps(y))), taps(x));
  return pass_down(view_of(pass_across(seen, taps(x))), taps(y));
}

Image resized_crop(const Image& image, const Crop& crop, int width, int height, Interpolation filter) {
  return resized_box(image,
                     {static_cast<double>(crop.left), static_cast<double>(crop.top), static_cast<double>(crop.width),
                      static_cast<double>(crop.height)},
                     width, height, filter);
}

Image resize(const Image& image, int width, int height, Interpolation filter) {
  return resized_crop(image, {0, 0, image.width, image.height}, width, height, filter);
}

}  // namespace albef
