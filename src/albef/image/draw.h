// Lines and letters on pictures, for boxes that were found and words that explain. What lies outside of the picture is
// cut off.
#pragma once
#include <array>
#include <string_view>

#include "albef/image/image.h"
#include "albef/image/resize.h"

namespace albef {

using Colour = std::array<uint8_t, 3>;  ///< red, green, blue

void fill(Image& image, const Crop& area, const Colour& colour);

/// A frame of `line` pixels, drawn inwards from the box's edges.
void draw_box(Image& image, const Box& box, const Colour& colour, int line);

/// `on` with the upper left pixel of `picture` at (left, top).
void paste(Image& on, const Image& picture, int left, int top);

/// Text in DejaVu Sans, a line of `height` pixels from its highest to its lowest letters, with its upper left corner at
/// (left, top). Letters that the font lacks (Chinese ones) are boxes; broken UTF-8 is U+FFFD. Scripts that join their
/// letters or run leftwards stand unjoined, from left to right.
void draw_text(Image& image, std::string_view text, int left, int top, int height, const Colour& colour);

int text_width(std::string_view text, int height);  ///< pixels that it takes

}  // namespace albef
