// What is in a generated picture, told before it is drawn: one to four objects on a 2 x 2 grid, and a background.
// Everything else (picture, captions, boxes, questions) is made from this, so all of it is known to be true or false.
#pragma once
#include <cstdint>
#include <vector>

#include "albef/base/rng.h"

namespace albef::synth {

enum class Shape { kCircle, kSquare, kTriangle, kStar, kRing, kCross, kDiamond, kHeart, kCrescent, kArrow };
enum class Colour { kRed, kOrange, kYellow, kGreen, kBlue, kPurple, kPink, kBrown };
enum class Texture { kPlain, kStriped, kDotted, kCheckered };
enum class Size { kSmall, kLarge };
enum class Pattern { kPlain, kGradient, kNoisy, kTiled, kLined, kWavy, kRippled, kGrid };  ///< of the background
enum class Tone { kWhite, kGray, kBlack, kBeige, kMint };         ///< of the background: never an object's colour
enum class Split : uint64_t { kTrain = 0, kVal = 1, kTest = 2 };  ///< values are kept: they are part of a scene's seed
enum class Stream : uint64_t { kLayout, kPaint, kCaptions, kReferences, kQuestions, kEntailment, kPairs };

template <class E>
inline constexpr uint64_t kValues = 0;  ///< how many values E has
template <>
inline constexpr uint64_t kValues<Shape> = 10;
template <>
inline constexpr uint64_t kValues<Colour> = 8;
template <>
inline constexpr uint64_t kValues<Texture> = 4;
template <>
inline constexpr uint64_t kValues<Size> = 2;
template <>
inline constexpr uint64_t kValues<Pattern> = 8;
template <>
inline constexpr uint64_t kValues<Tone> = 5;

template <class E>
E any(Rng& rng) {
  return static_cast<E>(rng.below(kValues<E>));
}

/// Any value but `value`.
template <class E>
E any_other(E value, Rng& rng) {
  return static_cast<E>((static_cast<uint64_t>(value) + 1 + rng.below(kValues<E> - 1)) % kValues<E>);
}

/// The English word used for it where only one is wanted: "circle", "red", "striped", "large".
const char* word(Shape shape);
const char* word(Colour colour);
const char* word(Texture texture);
const char* word(Size size);
const char* word(Pattern pattern);
const char* word(Tone tone);
const char* word(Split split);

struct Look {
  Size size;
  Texture texture;
  Colour colour;
  Shape shape;
  bool operator==(const Look&) const = default;
};

struct Object {
  Look look;
  int column = 0, row = 0;          ///< 0 or 1 from the left and from the top
  int host = -1;                    ///< index of the object that it lies on (inside, if that is a ring), or -1
  double x = 0, y = 0, radius = 0;  ///< centre and half extent as shares of the picture's side
  double angle = 0;                 ///< radians
};

struct Scene {
  std::vector<Object> objects;  ///< a host stands before its guest, and is drawn before it
  Pattern pattern = Pattern::kPlain;
  Tone tone = Tone::kWhite;
  uint64_t key = 0;  ///< of the random streams below

  Rng stream(Stream purpose) const { return Rng(Purpose::kScene, {key, static_cast<uint64_t>(purpose)}); }
};

inline constexpr int kMostObjects = 4;  ///< a scene: one a cell of the grid

struct SceneOptions {
  int least = 2, most = 4;              ///< objects a scene, 1..kMostObjects
  int64_t patterns = kValues<Pattern>;  ///< how many of the background patterns are used, 1..8; 1: plain alone
  bool operator==(const SceneOptions&) const = default;
};

/// Scene `index` of a split. It depends on nothing but the arguments. No two splits share a scene, whatever their
/// seeds: the looks of a scene's objects, hashed, say to which split it can belong.
Scene make_scene(uint64_t seed, Split split, uint64_t index, const SceneOptions& options = {});

/// The split in which objects of these looks, wherever they lie, can be: 8 in 10 train, 1 val, 1 test.
Split split_of(const std::vector<Object>& objects);

}  // namespace albef::synth
