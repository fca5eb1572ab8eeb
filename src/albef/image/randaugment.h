// The operations of the authors' RandAugment, each a function of its argument, and the random choice among them
// (Cubuk et al. 2020; spec of the authors: magnitude 0 to 10, what a warp uncovers becomes 128).
#pragma once
#include <cstdint>

#include "albef/base/rng.h"
#include "albef/image/image.h"

namespace albef {

/// What happens where a result does not fit 8 bits. The authors' AutoContrast and Sharpness wrap round: AutoContrast
/// then turns a channel whose darkest pixel is not 0 to nearly all 255, and Sharpness sprinkles edges with wrong
/// levels.
enum class Overflow {
  kWrap,   ///< as the authors trained
  kClamp,  ///< as the operations are meant
};

/// Each channel stretched to 0..255; a flat channel stays.
Image auto_contrast(Image image, Overflow overflow = Overflow::kWrap);

/// Each channel's histogram made level; a channel of too few different levels stays.
Image equalize(Image image);

/// Levels times `factor`, rounded down, at most 255. factor >= 0.
Image brightness(Image image, double factor);

/// Away from the picture smoothed by [1 1 1; 1 5 1; 1 1 1]/13: factor 0 is the smooth picture, 1 the picture, more is
/// sharper. For a factor other than 0 the outermost pixels stay as they are.
Image sharpness(Image image, double factor, Overflow overflow = Overflow::kWrap);

/// Row y moves by slope * y to the right (shear_x), column x by slope * x down (shear_y).
Image shear_x(const Image& image, double slope);
Image shear_y(const Image& image, double slope);

/// The picture moves to the left, or up, by `pixels`.
Image translate_x(const Image& image, double pixels);
Image translate_y(const Image& image, double pixels);

/// Counter-clockwise about (width/2, height/2).
Image rotate(const Image& image, double degrees);

enum class Operation {
  kIdentity,
  kAutoContrast,
  kEqualize,
  kBrightness,
  kSharpness,
  kShearX,
  kShearY,
  kTranslateX,
  kTranslateY,
  kRotate,
};
constexpr int kOperations = 10;

/// The argument of an operation at a magnitude of 0 to 10, before a warp's sign is drawn; 0 for those that have none.
double argument_at(Operation operation, double magnitude);

Image apply(Operation operation, Image image, double argument, Overflow overflow = Overflow::kWrap);

/// `count` operations drawn with replacement; each is applied with probability 1/2, a warp's direction drawn as well.
Image randaugment(Image image, int count, double magnitude, Rng& rng, Overflow overflow = Overflow::kWrap);

}  // namespace albef
