// Draws a scene: background, objects, then light and a little noise. 8-bit RGB, anti-aliased by 3 x 3 samples a pixel.
#pragma once
#include "albef/image/image.h"
#include "albef/synth/scene.h"

namespace albef::synth {

inline constexpr int kMinSide = 32, kMaxSide = 1024;

/// `side` x `side` pixels, kMinSide..kMaxSide. The same scene and side give the same bytes.
Image draw(const Scene& scene, int side);

/// Whole pixels, as COCO and RefCOCO write boxes: left, top, width, height.
struct Box {
  int x = 0, y = 0, width = 0, height = 0;
};

/// The smallest box around the pixels whose middle lies in the object (what lies on it is not cut out).
Box box_of(const Object& object, int side);

}  // namespace albef::synth
