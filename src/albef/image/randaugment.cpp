#include "albef/image/randaugment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "albef/image/fast_loop.h"
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
Image by_histogram(Image image, MakeTable make_table) {
  // Two of each, for every other pixel: a count that is raised again at once would be waited for.
  std::array<std::array<std::array<uint32_t, 256>, 3>, 2> counts{};
  size_t pixel = 0;
  for (size_t i = 0; i < image.pixels.size(); i += 3, pixel ^= 1) {
    for (size_t c = 0; c < 3; ++c) ++counts[pixel][c][image.pixels[i + c]];
  }
  std::array<Table, 3> tables;
  for (size_t c = 0; c < 3; ++c) {
    Histogram histogram;
    for (size_t level = 0; level < 256; ++level) {
      histogram[level] = int64_t{counts[0][c][level]} + counts[1][c][level];
    }
    tables[c] = make_table(histogram);
  }
  for (size_t i = 0; i < image.pixels.size(); i += 3) {
    for (size_t c = 0; c < 3; ++c) image.pixels[i + c] = tables[c][image.pixels[i + c]];
  }
  return image;
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

uint8_t smooth_level(int left, int middle, int right, int center) {
  const auto sum = static_cast<uint16_t>(left + middle + right + 4 * center);
  return static_cast<uint8_t>(static_cast<uint16_t>(2 * sum + 13) / 26);
}

// A row without its first and last pixel. `columns` has room for a row.
ALBEF_FAST_LOOP void smooth_row(const uint8_t* above, const uint8_t* here, const uint8_t* below, size_t bytes,
                                uint16_t* __restrict columns, uint8_t* __restrict to) {
  for (size_t i = 0; i < bytes; ++i) columns[i] = static_cast<uint16_t>(above[i] + here[i] + below[i]);
  for (size_t i = 3; i + 3 < bytes; ++i) to[i] = smooth_level(columns[i - 3], columns[i], columns[i + 3], here[i]);
}

/// The mean of the 3 x 3 neighbourhood, its middle counted five times, rounded. Outside, the picture is mirrored about
/// its outermost pixels.
Image smoothed(const Image& image) {
  const auto mirrored = [](int i, int size) {
    if (size == 1) return 0;
    return i < 0 ? -i : i >= size ? 2 * size - 2 - i : i;
  };
  Image result = Image::filled(image.width, image.height);
  const size_t bytes = image.row_bytes(), last = bytes - 3;
  const size_t next = size_t{3} * mirrored(-1, image.width), before = size_t{3} * mirrored(image.width, image.width);
  std::vector<uint16_t> columns(bytes);  // sums of three rows
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* here = image.row(y);
    uint8_t* to = result.row(y);
    smooth_row(image.row(mirrored(y - 1, image.height)), here, image.row(mirrored(y + 1, image.height)), bytes,
               columns.data(), to);
    for (size_t c = 0; c < 3; ++c) {
      to[c] = smooth_level(columns[next + c], columns[c], columns[next + c], here[c]);
      to[last + c] = smooth_level(columns[before + c], columns[last + c], columns[before + c], here[last + c]);
    }
  }
  return result;
}

void sharpen_row(const uint8_t* __restrict smooth, size_t bytes, float factor, Overflow overflow,
                 uint8_t* __restrict row) {
  for (size_t i = 3; i + 3 < bytes; ++i) {
    const float level = static_cast<float>(smooth[i]) + factor * static_cast<float>(row[i] - smooth[i]);
    row[i] = overflow == Overflow::kWrap ? static_cast<uint8_t>(static_cast<int>(level)) : truncated(level);
  }
}

bool has_direction(Operation operation) {
  return operation >= Operation::kShearX;
}

}  // namespace

Image auto_contrast(Image image, Overflow overflow) {
  return by_histogram(std::move(image),
                      [&](const Histogram& histogram) { return contrast_table(histogram, overflow); });
}

Image equalize(Image image) {
  return by_histogram(std::move(image), equal_table);
}

Image brightness(Image image, double factor) {
  const Table table = table_of([&](int i) { return truncated(i * factor); });
  for (uint8_t& level : image.pixels) level = table[level];
  return image;
}

Image sharpness(Image image, double factor, Overflow overflow) {
  Image smooth = smoothed(image);
  if (factor == 0) return smooth;
  for (int y = 1; y + 1 < image.height; ++y) {
    sharpen_row(smooth.row(y), image.row_bytes(), static_cast<float>(factor), overflow, image.row(y));
  }
  return image;
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

Image apply(Operation operation, Image image, double argument, Overflow overflow) {
  switch (operation) {
    case Operation::kIdentity:
      return image;
    case Operation::kAutoContrast:
      return auto_contrast(std::move(image), overflow);
    case Operation::kEqualize:
      return equalize(std::move(image));
    case Operation::kBrightness:
      return brightness(std::move(image), argument);
    case Operation::kSharpness:
      return sharpness(std::move(image), argument, overflow);
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
    image = apply(operation, std::move(image), has_direction(operation) && reversed ? -argument : argument, overflow);
  }
  return image;
}

}  // namespace albef
