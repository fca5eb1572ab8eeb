#include "albef/image/draw.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace albef {
namespace {

constexpr Colour kRed = {255, 0, 0};

int inked(const Image& image, int left, int top, int width, int height) {
  int count = 0;
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) count += image.row(y)[3 * x] > 0;
  }
  return count;
}

TEST(DrawBox, IsAFrameAlongTheInnerEdge) {
  Image image = Image::filled(20, 10);
  draw_box(image, {2, 1, 10, 6}, kRed, 2);
  EXPECT_EQ(inked(image, 0, 0, 20, 10), 10 * 6 - 6 * 2);
  EXPECT_EQ(inked(image, 4, 3, 6, 2), 0);  // the inside
  EXPECT_EQ(inked(image, 2, 1, 10, 2), 20);
}

TEST(DrawBox, IsCutWhereThePictureEnds) {
  Image image = Image::filled(8, 8);
  draw_box(image, {-5, -5, 100, 100}, kRed, 1);
  EXPECT_EQ(inked(image, 0, 0, 8, 8), 28);
  draw_box(image, {20, 20, 5, 5}, kRed, 1);
  draw_box(image, {3, 3, 0, 0}, kRed, 1);
  EXPECT_EQ(inked(image, 0, 0, 8, 8), 28);
}

TEST(Paste, TakesThePartThatFits) {
  Image on = Image::filled(6, 4);
  paste(on, Image::filled(5, 5, 9), 4, -2);
  EXPECT_EQ(inked(on, 4, 0, 2, 3), 6);
  EXPECT_EQ(inked(on, 0, 0, 6, 4), 6);
  paste(on, Image::filled(5, 5, 9), 6, 0);
  paste(on, Image::filled(5, 5, 9), -5, 0);
  EXPECT_EQ(inked(on, 0, 0, 6, 4), 6);
}

TEST(DrawText, StandsInItsLineAndIsAsWideAsToldAndNoMore) {
  constexpr int kHeight = 20;
  for (const std::string text : {"word", "Äpfel, Ωμέγα, Жук", "\xe7\x8a\xac", "\xff\xfe"}) {
    const int width = text_width(text, kHeight);
    Image image = Image::filled(width + 20, kHeight + 20);
    draw_text(image, text, 10, 10, kHeight, kRed);
    EXPECT_GT(inked(image, 10, 10, width, kHeight), 20) << text;
    EXPECT_EQ(inked(image, 0, 0, image.width, image.height), inked(image, 9, 9, width + 2, kHeight + 2)) << text;
  }
  EXPECT_EQ(text_width("", kHeight), 0);
  EXPECT_NEAR(text_width("wwww", 40), 2 * text_width("wwww", 20), 3);
  EXPECT_LT(text_width("iiii", kHeight), text_width("mmmm", kHeight));
}

TEST(DrawText, IsCutWhereThePictureEnds) {
  Image image = Image::filled(10, 10);
  draw_text(image, "a long text in a small picture", -5, -3, 18, kRed);
  draw_text(image, "a", 200, 200, 18, kRed);
  EXPECT_GT(inked(image, 0, 0, 10, 10), 0);
}

}  // namespace
}  // namespace albef
