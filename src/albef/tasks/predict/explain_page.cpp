// An explanation to look at: a PNG, or a page.
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "albef/base/error.h"
#include "albef/base/signals.h"
#include "albef/image/draw.h"
#include "albef/image/png_writer.h"
#include "albef/tasks/predict/explain.h"
#include "albef/tasks/predict/overlay.h"
#include "albef/tasks/report/html.h"
#include "albef/tasks/report/style.h"

namespace albef {
namespace {

struct Panel {
  Image picture;
  std::string label;
};

Image with_longer_side(const Image& picture, int side) {
  const int longer = std::max(picture.width, picture.height);
  const auto length = [&](int full) { return std::max(1, static_cast<int>(int64_t{full} * side / longer)); };
  return resize(picture, length(picture.width), length(picture.height));
}

std::vector<Panel> panels_of(const Explanation& e, const Image& picture, int side) {
  const Image shown = with_longer_side(picture, side);
  std::vector<Panel> panels = {{shown, "picture"}, {heat_overlay(shown, e.map), "whole text"}};
  for (const auto& word : e.words) {
    if (stop_requested()) throw Interrupted("stopped while drawing; nothing was written");
    panels.push_back({heat_overlay(shown, word.map), word.word});
  }
  return panels;
}

std::string scores_text(const Explanation& e) {
  char text[160];
  if (e.words.empty()) {
    std::snprintf(text, sizeof text, "ITC similarity %.3f; Grad-CAM of ITC, image encoder's block %lld", e.similarity,
                  static_cast<long long>(e.layer));
  } else {
    std::snprintf(text, sizeof text, "ITM match %.1f %%, ITC similarity %.3f; Grad-CAM of ITM, layer %lld",
                  100 * e.probability, e.similarity, static_cast<long long>(e.layer));
  }
  return text;
}

// Lines of whole words no wider than `width`; a longer word has a line of its own.
std::vector<std::string> wrapped(const std::string& text, int width, int height) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (lines.empty() || text_width(lines.back() + " " + word, height) > width) {
      lines.push_back(word);
    } else {
      lines.back() += " " + word;
    }
  }
  return lines;
}

// The largest height at most `height` at which the text is no wider than `width`.
int fitting_height(const std::string& text, int width, int height) {
  constexpr int kSmallest = 8;
  while (height > kSmallest && text_width(text, height) > width) --height;
  return height;
}

}  // namespace

std::string explanation_png(const Explanation& explanation, const Image& picture, const ExplainPageOptions& options) {
  constexpr int kMargin = 12, kLabel = 26, kTitle = 24;
  constexpr size_t kColumns = 4;
  constexpr Colour kInk = {0x1d, 0x24, 0x30}, kSoft = {0x5c, 0x66, 0x75};
  const auto panels = panels_of(explanation, picture, options.side);
  const int wide = panels[0].picture.width, high = panels[0].picture.height;
  const auto columns = static_cast<int>(std::min(kColumns, panels.size()));
  const int rows = (static_cast<int>(panels.size()) + columns - 1) / columns;
  const int width = kMargin + columns * (wide + kMargin), room = width - 2 * kMargin;
  const auto title = wrapped(options.text, room, kTitle);
  const int head = (static_cast<int>(title.size()) + 1) * kTitle + kMargin;
  Image page = Image::filled(width, kMargin + head + rows * (high + kLabel + kMargin), 255);
  int line = kMargin;
  for (const auto& words : title) {
    draw_text(page, words, kMargin, line, kTitle, kInk);
    line += kTitle;
  }
  const auto scores = scores_text(explanation);
  draw_text(page, scores, kMargin, line, fitting_height(scores, room, kTitle - 6), kSoft);
  for (size_t i = 0; i < panels.size(); ++i) {
    const int left = kMargin + static_cast<int>(i) % columns * (wide + kMargin),
              top = kMargin + head + static_cast<int>(i) / columns * (high + kLabel + kMargin);
    paste(page, panels[i].picture, left, top);
    const auto& label = panels[i].label;
    const int height = fitting_height(label, wide, kLabel - 6);
    draw_text(page, label, left + std::max(0, (wide - text_width(label, height)) / 2), top + high + 2, height,
              i == 0 ? kSoft : kInk);
  }
  return encode_png(page);
}

std::string explanation_html(const Explanation& explanation, const Image& picture, const ExplainPageOptions& options) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>" + escape_html(options.text) +
      "</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n<style>" + std::string(kStyle) +
      ".words { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 1rem; }\n"
      ".words figcaption { font-size: 1rem; color: var(--ink); margin-top: .2rem; overflow-wrap: anywhere; }\n"
      "</style>\n<h1>" +
      escape_html(options.text) + "</h1>\n<p class=\"note\">" + escape_html(scores_text(explanation)) + ".<br>" +
      escape_html(options.picture_name) + ", " + escape_html(options.checkpoint) +
      "</p>\n<p class=\"note\">Red is where the model looks, blue where it does not; each panel has its own "
      "scale.</p>\n<div class=\"words\">\n";
  for (const auto& panel : panels_of(explanation, picture, options.side)) {
    page += "<figure>" + picture_html(panel.picture, options.side, panel.label) + "<figcaption>" +
            escape_html(panel.label) + "</figcaption></figure>\n";
  }
  return page + "</div>\n</html>\n";
}

}  // namespace albef
