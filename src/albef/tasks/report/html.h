// Small pieces of an HTML page that needs nothing beside itself: text made safe, pictures inside the page.
#pragma once
#include <string>
#include <string_view>

#include "albef/image/image.h"

namespace albef {

/// & < > " ' as entities; control characters but tab and newline dropped, broken UTF-8 as U+FFFD.
std::string escape_html(std::string_view text);

std::string base64(std::string_view bytes);  ///< RFC 4648, padded

/// <img> of the picture, shrunk to `longest` pixels at most on its longer side, as a PNG data URI. `alt` is escaped.
std::string picture_html(const Image& image, int longest, std::string_view alt);

/// `value` with so many decimals; a minus sign that can be told from a hyphen.
std::string number_html(double value, int decimals);

std::string fixed(double value);  ///< a coordinate in an SVG: one decimal

/// Decimals of a score in percent: two below 1, where one would tell little, else one.
int score_decimals(double percent);

}  // namespace albef
