// What a picture looks like, in 44 bytes: so are copies of it found that were encoded anew, resized or brightened. No
// copies to it are mirrored, turned and cropped ones.
//
// 256 bits are the difference hash (dHash) of Neal Krawetz, "Kind of Like That" (2013): the picture is squashed to
// 17x16 pixels (resize(), bilinear with antialiasing), made gray as Pillow's convert("L") does, and a bit tells whether
// a pixel is brighter than the one to its left. Pictures of few edges (a plain product, a logo) have few bits set and
// so hashes near each other; the mean colours of the quarters tell those apart.
//
// Flickr8k's 8,000 pictures: of 1,000 copies at JPEG quality 50 97 % are found, of those at half the size 99 %, of
// those brightened by a tenth 98 %. Of the 32 million pairs of its different pictures none is taken for a copy: the
// nearest differ in 34 bits (and the one pair that is found shows the same picture twice). Drawn scenes of a few shapes
// on plain grounds are more alike: of 12.5 million pairs 148 are taken for copies.
#pragma once
#include <array>
#include <compare>
#include <cstdint>

#include "albef/image/image.h"

namespace albef {

struct PictureLook {
  static constexpr int kRows = 16, kColumns = 16;
  static constexpr int kBands = 8;

  /// The bits in parts of 32. Each part has two of every row, far from each other, so that an even sky or a white
  /// background does not make parts of many pictures equal.
  std::array<uint32_t, kBands> bands{};
  std::array<uint8_t, 12> colours{};  ///< RGB of the upper left, upper right, lower left and lower right quarter

  bool bit(int row, int column) const;  ///< whether pixel column + 1 of the row is brighter than pixel column
  void set(int row, int column);
  auto operator<=>(const PictureLook&) const = default;
};

/// Of the whole picture, or of one decoded at reduced scale with both sides at kLookLeast or more: that moves a few
/// bits. Error for an empty picture.
PictureLook picture_look(const Image& image);

inline constexpr ImageSize kLookLeast = {34, 32};

int bits_apart(const PictureLook& a, const PictureLook& b);     ///< 0 to 256
int colours_apart(const PictureLook& a, const PictureLook& b);  ///< the most that a colour differs by, 0 to 255

/// Whether one may be a copy of the other.
bool look_alike(const PictureLook& a, const PictureLook& b);

inline constexpr int kBitsAlike = 20, kColoursAlike = 32;  ///< so much may differ

}  // namespace albef
