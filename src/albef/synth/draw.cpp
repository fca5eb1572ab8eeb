#include "albef/synth/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "albef/synth/shapes.h"

namespace albef::synth {
namespace {

struct Rgb {
  double r = 0, g = 0, b = 0;
  Rgb& operator+=(const Rgb& o) { return r += o.r, g += o.g, b += o.b, *this; }
};
Rgb operator*(const Rgb& c, double f) {
  return {c.r * f, c.g * f, c.b * f};
}
Rgb blend(const Rgb& a, const Rgb& b, double share_of_b) {
  Rgb sum = a * (1 - share_of_b);
  return sum += b * share_of_b;
}

constexpr double kTextureUnit = 0.03;  // a stripe's width, as a share of the picture's side
constexpr double kOutline = 0.011;     // the dark edge's width, likewise
constexpr int kSamples = 3;            // a side of a pixel

Rgb paint(Colour colour) {
  constexpr std::array<Rgb, kValues<Colour>> kPaints = {{{215, 30, 35},
                                                         {245, 130, 15},
                                                         {245, 220, 40},
                                                         {35, 150, 55},
                                                         {40, 85, 220},
                                                         {125, 45, 165},
                                                         {250, 130, 190},
                                                         {125, 75, 35}}};
  return kPaints[static_cast<size_t>(colour)];
}

Rgb paint(Tone tone) {
  constexpr std::array<Rgb, kValues<Tone>> kPaints = {
      {{238, 238, 238}, {150, 150, 150}, {32, 32, 34}, {222, 204, 168}, {178, 226, 200}}};
  return kPaints[static_cast<size_t>(tone)];
}

// Brightness added to the background at (x, y), in levels; `key` picks the noise, `turn` the gradient's direction.
double relief(Pattern pattern, double x, double y, double turn, uint64_t key) {
  switch (pattern) {
    case Pattern::kPlain:
      return 0;
    case Pattern::kGradient:
      return 110 * ((x - 0.5) * std::cos(turn) + (y - 0.5) * std::sin(turn));
    case Pattern::kNoisy: {
      const auto cell = [](double v) { return static_cast<uint64_t>(v * 48); };
      return 80 * (static_cast<double>(mix({key, cell(x), cell(y)}) % 1024) / 1023 - 0.5);
    }
    case Pattern::kTiled:
      return (static_cast<int>(x * 8) + static_cast<int>(y * 8)) % 2 ? 24 : -24;
    case Pattern::kLined:
      return static_cast<int>(y * 16) % 2 ? 24 : -24;
    case Pattern::kWavy:
      return 30 * std::sin(50 * x + 5 * std::sin(10 * y + turn));
    case Pattern::kRippled:
      return 30 * std::sin(50 * std::hypot(x - 0.5, y - 0.5) + turn);
    case Pattern::kGrid:
      return std::min(std::fmod(x * 12, 1.0), std::fmod(y * 12, 1.0)) < 0.2 ? -50 : 12;
  }
  return 0;
}

class Canvas {
 public:
  explicit Canvas(int side) : side_(side), pixels_(static_cast<size_t>(side) * static_cast<size_t>(side)) {}

  Rgb& at(int x, int y) {
    return pixels_[static_cast<size_t>(y) * static_cast<size_t>(side_) + static_cast<size_t>(x)];
  }
  double middle(int i) const { return (i + 0.5) / side_; }

  void fill(const Scene& scene, Rng& rng) {
    const double turn = rng.uniform(0, 6.28);
    const uint64_t key = rng();
    const Rgb base = paint(scene.tone);
    for (int y = 0; y < side_; ++y) {
      for (int x = 0; x < side_; ++x) {
        const double light = relief(scene.pattern, middle(x), middle(y), turn, key);
        at(x, y) = {base.r + light, base.g + light, base.b + light};
      }
    }
  }

  void add(const Object& object) {
    const Frame frame(object);
    const int reach = static_cast<int>(object.radius * 1.3 * side_) + 2;
    const int cx = static_cast<int>(object.x * side_), cy = static_cast<int>(object.y * side_);
    for (int y = std::max(0, cy - reach); y <= std::min(side_ - 1, cy + reach); ++y) {
      for (int x = std::max(0, cx - reach); x <= std::min(side_ - 1, cx + reach); ++x) cover(object, frame, x, y);
    }
  }

  // Light falls unevenly, and each pixel is a little off.
  Image expose(Rng& rng) {
    const double gain = rng.uniform(0.93, 1.05), tilt_x = rng.uniform(-0.08, 0.08), tilt_y = rng.uniform(-0.08, 0.08);
    const double noise = rng.uniform(0, 4);
    Image image;
    image.width = image.height = side_;
    image.pixels.reserve(pixels_.size() * 3);
    for (int y = 0; y < side_; ++y) {
      for (int x = 0; x < side_; ++x) {
        const Rgb lit = at(x, y) * (gain + tilt_x * (middle(x) - 0.5) + tilt_y * (middle(y) - 0.5));
        for (double level : {lit.r, lit.g, lit.b}) {
          const double off = noise * rng.uniform(-1, 1);
          image.pixels.push_back(static_cast<uint8_t>(std::clamp(std::lround(level + off), 0L, 255L)));
        }
      }
    }
    return image;
  }

 private:
  // What the object's colours come to in the pixel, its edge and its texture smoothed.
  void cover(const Object& object, const Frame& frame, int x, int y) {
    const double pixel = 1 / (side_ * object.radius), outline = kOutline / object.radius;
    const double middle_distance = signed_distance(object.look.shape, frame({middle(x), middle(y)}));
    if (middle_distance > pixel) return;
    const bool deep_inside = middle_distance < -outline - pixel;  // saves most of the time
    const Rgb colour = paint(object.look.colour), light = blend(colour, {255, 255, 255}, 0.75), edge = colour * 0.35;
    Rgb sum;
    for (int s = 0; s < kSamples * kSamples; ++s) {
      const Point p =
          frame({(x + (s % kSamples + 0.5) / kSamples) / side_, (y + (s / kSamples + 0.5) / kSamples) / side_});
      const double distance = deep_inside ? middle_distance : signed_distance(object.look.shape, p);
      if (distance > 0) {
        sum += at(x, y);
      } else if (distance > -outline) {
        sum += edge;
      } else {
        sum += in_texture(object.look.texture, p, kTextureUnit / object.radius) ? light : colour;
      }
    }
    at(x, y) = sum * (1.0 / (kSamples * kSamples));
  }

  int side_;
  std::vector<Rgb> pixels_;
};

}  // namespace

Image draw(const Scene& scene, int side) {
  Rng rng = scene.stream(Stream::kPaint);
  Canvas canvas(side);
  canvas.fill(scene, rng);
  for (const Object& object : scene.objects) canvas.add(object);
  return canvas.expose(rng);
}

Box box_of(const Object& object, int side) {
  const Frame frame(object);
  int left = side, top = side, right = -1, bottom = -1;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const Point p = frame({(x + 0.5) / side, (y + 0.5) / side});
      if (std::abs(p.x) > 1.5 || std::abs(p.y) > 1.5 || signed_distance(object.look.shape, p) > 0) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  }
  return {left, top, right - left + 1, bottom - top + 1};
}

}  // namespace albef::synth
