#include "albef/synth/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

namespace albef::synth {
namespace {

constexpr std::array<Point, 4> kSquare = {{{-0.8, -0.8}, {0.8, -0.8}, {0.8, 0.8}, {-0.8, 0.8}}};
constexpr std::array<Point, 3> kTriangle = {{{0, -0.95}, {0.95, 0.75}, {-0.95, 0.75}}};
constexpr std::array<Point, 4> kDiamond = {{{0, -1}, {0.72, 0}, {0, 1}, {-0.72, 0}}};
constexpr std::array<Point, 12> kCross = {{{-0.3, -0.95},
                                           {0.3, -0.95},
                                           {0.3, -0.3},
                                           {0.95, -0.3},
                                           {0.95, 0.3},
                                           {0.3, 0.3},
                                           {0.3, 0.95},
                                           {-0.3, 0.95},
                                           {-0.3, 0.3},
                                           {-0.95, 0.3},
                                           {-0.95, -0.3},
                                           {-0.3, -0.3}}};
constexpr std::array<Point, 7> kArrow = {
    {{-1, -0.3}, {0.1, -0.3}, {0.1, -0.8}, {1, 0}, {0.1, 0.8}, {0.1, 0.3}, {-1, 0.3}}};
// The heart's lower part; its upper corners are where lines from the tip touch the two lobes.
constexpr Point kLobe = {0.44, -0.34};
constexpr double kLobeRadius = 0.5;
constexpr std::array<Point, 5> kHeartTip = {
    {{0, 0.95}, {0.821, -0.017}, {kLobe.x, kLobe.y}, {-kLobe.x, kLobe.y}, {-0.821, -0.017}}};

std::array<Point, 10> star() {
  std::array<Point, 10> corners;
  for (size_t i = 0; i < corners.size(); ++i) {
    const double radius = i % 2 ? 0.45 : 1.0, angle = static_cast<double>(i) * std::numbers::pi / 5;
    corners[i] = {radius * std::sin(angle), -radius * std::cos(angle)};
  }
  return corners;
}

double length(double x, double y) {
  return std::sqrt(x * x + y * y);
}

double disc(Point p, Point centre, double radius) {
  return length(p.x - centre.x, p.y - centre.y) - radius;
}

// The nearest edge gives the distance; an odd number of edges to the right of p means inside.
double polygon(std::span<const Point> corners, Point p) {
  double nearest = std::numeric_limits<double>::infinity();
  bool inside = false;
  for (size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
    const Point a = corners[j], edge = {corners[i].x - a.x, corners[i].y - a.y}, to = {p.x - a.x, p.y - a.y};
    const double along = (to.x * edge.x + to.y * edge.y) / (edge.x * edge.x + edge.y * edge.y);
    const double t = std::clamp(along, 0.0, 1.0);
    nearest = std::min(nearest, length(to.x - t * edge.x, to.y - t * edge.y));
    if ((a.y > p.y) != (corners[i].y > p.y) && to.x < edge.x * to.y / edge.y) inside = !inside;
  }
  return inside ? -nearest : nearest;
}

double heart(Point p) {
  const double lobes = disc({std::abs(p.x), p.y}, kLobe, kLobeRadius);
  return std::min(lobes, polygon(kHeartTip, p));
}

}  // namespace

double signed_distance(Shape shape, Point p) {
  static const std::array<Point, 10> kStar = star();
  switch (shape) {
    case Shape::kCircle:
      return disc(p, {0, 0}, 0.92);
    case Shape::kSquare:
      return polygon(kSquare, p);
    case Shape::kTriangle:
      return polygon(kTriangle, p);
    case Shape::kStar:
      return polygon(kStar, p);
    case Shape::kRing:
      return std::abs(length(p.x, p.y) - 0.8) - 0.18;
    case Shape::kCross:
      return polygon(kCross, p);
    case Shape::kDiamond:
      return polygon(kDiamond, p);
    case Shape::kHeart:
      return heart(p);
    case Shape::kCrescent:
      return std::max(disc(p, {0, 0}, 0.95), -disc(p, {0.5, 0}, 0.8));
    case Shape::kArrow:
      return polygon(kArrow, p);
  }
  return std::numeric_limits<double>::infinity();
}

bool in_texture(Texture texture, Point p, double unit) {
  const auto odd = [&](double v) { return std::lround(std::floor(v / unit)) % 2 != 0; };
  const auto from_middle = [&](double v) { return v - 2 * unit * std::round(v / (2 * unit)); };
  switch (texture) {
    case Texture::kPlain:
      return false;
    case Texture::kStriped:
      return odd(p.x + p.y * 0.5);
    case Texture::kDotted:
      return length(from_middle(p.x), from_middle(p.y)) < 0.62 * unit;
    case Texture::kCheckered:
      return odd(p.x) != odd(p.y);
  }
  return false;
}

Frame::Frame(const Object& object)
    : centre_{object.x, object.y},
      cosine_(std::cos(object.angle) / object.radius),
      sine_(std::sin(object.angle) / object.radius) {}

Point Frame::operator()(Point p) const {
  const double x = p.x - centre_.x, y = p.y - centre_.y;
  return {cosine_ * x + sine_ * y, cosine_ * y - sine_ * x};
}

}  // namespace albef::synth
