#include "albef/image/draw.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/utf8.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>
#pragma GCC diagnostic pop

// The font's file within the program: it is read nowhere at run time.
asm(".section .rodata\n"
    ".global albef_font\n"
    ".balign 16\n"
    "albef_font:\n"
    ".incbin \"" ALBEF_FONT_FILE
    "\"\n"
    ".byte 0\n"
    ".previous\n");
extern "C" const unsigned char albef_font[];

namespace albef {
namespace {

class Font {
 public:
  Font() {
    if (stbtt_InitFont(&info_, albef_font, 0) == 0) fail("the font within the program cannot be read");
    int line_gap = 0;
    stbtt_GetFontVMetrics(&info_, &ascent_, &descent_, &line_gap);
  }

  /// Calls take(glyph, x of its origin) for each letter; returns the x behind the last.
  template <class Take>
  double lay_out(std::string_view text, int height, const Take& take) const {
    double x = 0;
    int before = 0;
    for (size_t at = 0; at < text.size();) {
      const size_t length = utf8_length(text, at);
      const int glyph = stbtt_FindGlyphIndex(&info_, code_point(text.substr(at, length)));
      if (before != 0) x += scale(height) * stbtt_GetGlyphKernAdvance(&info_, before, glyph);
      take(glyph, x);
      int advance = 0, bearing = 0;
      stbtt_GetGlyphHMetrics(&info_, glyph, &advance, &bearing);
      x += scale(height) * advance;
      before = glyph;
      at += std::max<size_t>(length, 1);
    }
    return x;
  }

  void draw(Image& image, int glyph, double x, int top, int height, const Colour& colour) const {
    const float size = scale(height);
    const auto whole = std::floor(x);
    const auto shift = static_cast<float>(x - whole);
    int left = 0, up = 0, right = 0, down = 0;
    stbtt_GetGlyphBitmapBoxSubpixel(&info_, glyph, size, size, shift, 0, &left, &up, &right, &down);
    const int width = right - left, rows = down - up;
    if (width <= 0 || rows <= 0) return;
    std::vector<unsigned char> cover(static_cast<size_t>(width) * static_cast<size_t>(rows));
    stbtt_MakeGlyphBitmapSubpixel(&info_, cover.data(), width, rows, width, size, size, shift, 0, glyph);
    const int origin = static_cast<int>(whole) + left,
              baseline = top + static_cast<int>(std::lround(size * static_cast<float>(ascent_)));
    for (int row = 0; row < rows; ++row) {
      const int y = baseline + up + row;
      if (y < 0 || y >= image.height) continue;
      for (int column = 0; column < width; ++column) {
        const int px = origin + column;
        if (px < 0 || px >= image.width) continue;
        const int ink = cover[static_cast<size_t>(row) * static_cast<size_t>(width) + static_cast<size_t>(column)];
        uint8_t* pixel = image.row(y) + 3 * static_cast<size_t>(px);
        for (size_t c = 0; c < 3; ++c)
          pixel[c] = static_cast<uint8_t>((pixel[c] * (255 - ink) + colour[c] * ink) / 255);
      }
    }
  }

 private:
  float scale(int height) const { return static_cast<float>(height) / static_cast<float>(ascent_ - descent_); }

  static int code_point(std::string_view character) {
    constexpr int kReplacement = 0xfffd;
    if (character.empty()) return kReplacement;
    const auto byte = [&](size_t i) { return static_cast<int>(static_cast<unsigned char>(character[i])); };
    if (character.size() == 1) return byte(0);
    int code = byte(0) & (0x7f >> character.size());
    for (size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte(i) & 0x3f);
    return code;
  }

  stbtt_fontinfo info_{};
  int ascent_ = 0, descent_ = 0;
};

const Font& font() {
  static const Font only;
  return only;
}

}  // namespace

void fill(Image& image, const Crop& area, const Colour& colour) {
  const int left = std::max(area.left, 0), right = std::min(area.left + area.width, image.width);
  for (int y = std::max(area.top, 0); y < std::min(area.top + area.height, image.height); ++y) {
    for (int x = left; x < right; ++x)
      std::copy(colour.begin(), colour.end(), image.row(y) + 3 * static_cast<size_t>(x));
  }
}

void draw_box(Image& image, const Box& box, const Colour& colour, int line) {
  const auto pixel = [](double at, int side) {
    return static_cast<int>(std::lround(std::clamp(at, 0.0, static_cast<double>(side))));
  };
  const int left = pixel(box.left, image.width), right = pixel(box.left + box.width, image.width),
            top = pixel(box.top, image.height), bottom = pixel(box.top + box.height, image.height);
  const int across = std::min(line, right - left), down = std::min(line, bottom - top);
  fill(image, {left, top, right - left, down}, colour);
  fill(image, {left, bottom - down, right - left, down}, colour);
  fill(image, {left, top, across, bottom - top}, colour);
  fill(image, {right - across, top, across, bottom - top}, colour);
}

void paste(Image& on, const Image& picture, int left, int top) {
  const int first = std::max(0, -left), last = std::min(picture.width, on.width - left);
  if (first >= last) return;
  for (int y = std::max(0, -top); y < std::min(picture.height, on.height - top); ++y) {
    std::copy(picture.row(y) + 3 * static_cast<size_t>(first), picture.row(y) + 3 * static_cast<size_t>(last),
              on.row(top + y) + 3 * static_cast<size_t>(left + first));
  }
}

void draw_text(Image& image, std::string_view text, int left, int top, int height, const Colour& colour) {
  font().lay_out(text, height, [&](int glyph, double x) { font().draw(image, glyph, left + x, top, height, colour); });
}

int text_width(std::string_view text, int height) {
  return static_cast<int>(std::ceil(font().lay_out(text, height, [](int, double) {})));
}

}  // namespace albef
