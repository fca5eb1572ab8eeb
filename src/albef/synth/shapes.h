// The outlines of the shapes as signed distances, and the textures inside them: functions of a point alone.
// A shape lives in its own coordinates: centre (0, 0), half extent about 1, x to the right, y down.
#pragma once
#include "albef/synth/scene.h"

namespace albef::synth {

struct Point {
  double x, y;
};

/// Distance from the outline: negative inside. Exact outside; inside at least never too deep near the outline.
double signed_distance(Shape shape, Point p);

/// Whether the texture shows its lighter second colour at p; `unit` is the width of a stripe in p's coordinates.
bool in_texture(Texture texture, Point p, double unit);

/// An object's own coordinates.
class Frame {
 public:
  explicit Frame(const Object& object);
  Point operator()(Point p) const;  ///< p in shares of the picture's side

 private:
  Point centre_;
  double cosine_, sine_;  // divided by the radius
};

}  // namespace albef::synth
