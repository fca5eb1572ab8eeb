#include "albef/image/randaugment.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "albef/image/warp.h"

namespace albef {
namespace {

constexpr uint8_t kFill = 128;
constexpr double kMaxMagnitude = 10;

using Table = std::array<uint8_t, 256>;
using Histogram = std::array<int64_t, 256>;

uint8_t truncated(double level) {
  return static_cast<uint8_t>(std::clamp(level, 0.0, 255.0));
}

// A table for each channel, made from that channel's histogram.
template <class MakeTable>
Image by_histogram(const Image& image, MakeTable make_table) {
  std::array<Histogram, 3> histograms{};
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) ++histograms[c][image.pixels[i + c]];
  }
  const std::array<Table, 3> tables{make_table(histograms[0]), make_table(histograms[1]), make_table(histograms[2])};
  Image result = image;
  for (size_t i = 0; i < result.pixels.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) result.pixels[i + c] = tables[c][result.pixels[i + c]];
  }
  return result;
}

template <class MakeLevel>
Table table_of(MakeLevel level) {
  Table table;
  for (int i = 0; i < 256; ++i) table[i] = level(i);
  return table;
}

Table contrast_table(const Histogram& histogram, Overflow overflow) {
  const auto used = [](int64_t count) { return count > 0; };
  const auto low = static_cast<int>(std::find_if(histogram.begin(), histogram.end(), used) - histogram.begin());
  const auto high =
      255 - static_cast<int>(std::find_if(histogram.rbegin(), histogram.rend(), used) - histogram.rbegin());
  if (high <= low) return table_of([](int i) { return static_cast<uint8_t>(i); });
  const double scale = 255.0 / (high - low);
  // The authors negate `low` in 8 bits, so that 12 becomes 244 and the table's levels leave the range above.
  const int shift = overflow == Overflow::kWrap ? static_cast<uint8_t>(-low) : -low;
  const double offset = shift * scale;
  return table_of([&](int i) { return truncated(i * scale + offset); });
}

Table equal_table(const Histogram& histogram) {
  int64_t all_but_brightest = 0, brightest = 0;
  for (int64_t count : histogram) {
    if (count == 0) continue;
    all_but_brightest += brightest;
    brightest = count;
  }
  const int64_t step = all_but_brightest / 255;
  if (step == 0) return table_of([](int i) { return static_cast<uint8_t>(i); });
  int64_t below = step / 2;
  return table_of([&](int i) {
    const int64_t level = below / step;
    below += histogram[i];
    return static_cast<uint8_t>(std::min<int64_t>(level, 255));
  });
}

/// The mean of the 3 x 3 neighbourhood, its middle counted five times, rounded. Outside, the picture is mirrored about
/// its outermost pixels.
Image smoothed(const Image& image) {
  const auto mirrored = [](int i, int size) {
    if (size == 1) return 0;
    return i < 0 ? -i : i >= size ? 2 * size - 2 - i : i;
  };
  Image result = Image::filled(image.width, image.height);
  const size_t bytes = image.row_bytes();
  std::vector<int> columns(bytes);  // sums of three rows
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* above = image.row(mirrored(y - 1, image.height));
    const uint8_t* here = image.row(y);
    const uint8_t* below = image.row(mirrored(y + 1, image.height));
    uint8_t* to = result.row(y);
    for (size_t i = 0; i < bytes; ++i) columns[i] = above[i] + here[i] + below[i];
    const auto level = [&](size_t left, size_t i, size_t right) {
      const int sum = columns[left] + columns[i] + columns[right] + 4 * here[i];
      return static_cast<uint8_t>((2 * sum + 13) / 26);
    };
    for (size_t i = 3; i + 3 < bytes; ++i) to[i] = level(i - 3, i, i + 3);
    const size_t last = bytes - 3, next = 3 * mirrored(-1, image.width),
                 before = 3 * mirrored(image.width, image.width);
    for (size_t c = 0; c < 3; ++c) {
      to[c] = level(next + c, c, next + c);
      to[last + c] = level(before + c, last + c, before + c);
    }
  }
  return result;
}

bool has_direction(Operation operation) {
  return operation >= Operation::kShearX;
}

}  // namespace

Image auto_contrast(const Image& image, Overflow overflow) {
  return by_histogram(image, [&](const Histogram& histogram) { return contrast_table(histogram, overflow); });
}

Image equalize(const Image& image) {
  return by_histogram(image, equal_table);
}

Image brightness(const Image& image, double factor) {
  const Table table = table_of([&](int i) { return truncated(i * factor); });
  Image result = image;
  for (uint8_t& level : result.pixels) level = table[level];
  return result;
}

Image sharpness(const Image& image, double factor, Overflow overflow) {
  const Image smooth = smoothed(image);
  if (factor == 0) return smooth;
  Image result = image;
  const auto weight = static_cast<float>(factor);
  for (int y = 1; y + 1 < image.height; ++y) {
    const uint8_t *from = image.row(y), *base = smooth.row(y);
    uint8_t* to = result.row(y);
    for (size_t i = 3; i + 3 < image.row_bytes(); ++i) {
      const float level = static_cast<float>(base[i]) + weight * static_cast<float>(from[i] - base[i]);
      to[i] = overflow == Overflow::kWrap ? static_cast<uint8_t>(static_cast<int>(level)) : truncated(level);
    }
  }
  return result;
}

Image shear_x(const Image& image, double slope) {
  return warp_affine(image, {1, slope, 0, 0, 1, 0}, kFill);
}
Image shear_y(const Image& image, double slope) {
  return warp_affine(image, {1, 0, 0, slope, 1, 0}, kFill);
}
Image translate_x(const Image& image, double pixels) {
  return warp_affine(image, {1, 0, -pixels, 0, 1, 0}, kFill);
}
Image translate_y(const Image& image, double pixels) {
  return warp_affine(image, {1, 0, 0, 0, 1, -pixels}, kFill);
}
Image rotate(const Image& image, double degrees) {
  return warp_affine(image, rotation(image.width / 2.0, image.height / 2.0, degrees), kFill);
}

double argument_at(Operation operation, double magnitude) {
  const double share = magnitude / kMaxMagnitude;
  switch (operation) {
    case Operation::kIdentity:
    case Operation::kAutoContrast:
    case Operation::kEqualize:
      return 0;
    case Operation::kBrightness:
    case Operation::kSharpness:
      return 0.1 + 1.8 * share;
    case Operation::kShearX:
    case Operation::kShearY:
      return 0.3 * share;
    case Operation::kTranslateX:
    case Operation::kTranslateY:
      return 10 * share;
    case Operation::kRotate:
      break;
  }
  return 30 * share;
}

Image apply(Operation operation, const Image& image, double argument, Overflow overflow) {
  switch (operation) {
    case Operation::kIdentity:
      return image;
    case Operation::kAutoContrast:
      return auto_contrast(image, overflow);
    case Operation::kEqualize:
      return equalize(image);
    case Operation::kBrightness:
      return brightness(image, argument);
    case Operation::kSharpness:
      return sharpness(image, argument, overflow);
    case Operation::kShearX:
      return shear_x(image, argument);
    case Operation::kShearY:
      return shear_y(image, argument);
    case Operation::kTranslateX:
      return translate_x(image, argument);
    case Operation::kTranslateY:
      return translate_y(image, argument);
    case Operation::kRotate:
      break;
  }
  return rotate(image, argument);
}

Image randaugment(Image image, int count, double magnitude, Rng& rng, Overflow overflow) {
  for (int i = 0; i < count; ++i) {
    const auto operation = static_cast<Operation>(rng.below(kOperations));
    const bool applied = rng.uniform() < 0.5, reversed = rng.uniform() < 0.5;
    if (!applied || operation == Operation::kIdentity) continue;
    const double argument = argument_at(operation, magnitude);
    image = apply(operation, image, has_direction(operation) && reversed ? -argument : argument, overflow);
  }
  return image;
}

}  // namespace albef
