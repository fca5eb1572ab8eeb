#include "albef/tasks/report/html.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "albef/base/utf8.h"
#include "albef/image/png_writer.h"
#include "albef/image/resize.h"

namespace albef {

std::string escape_html(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_length(text, i);
    const char c = text[i];
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if (const auto byte = static_cast<unsigned char>(c);
               (byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t') {
      out.append(text, i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? static_cast<uint8_t>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) out += j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::string picture_html(const Image& image, int longest, std::string_view alt) {
  const int side = std::max({image.width, image.height, 1});
  const auto shrunk = [&](int length) { return std::max(1, static_cast<int>(int64_t{length} * longest / side)); };
  const Image small = side > longest ? resize(image, shrunk(image.width), shrunk(image.height)) : image;
  return "<img alt=\"" + escape_html(alt) + "\" src=\"data:image/png;base64," + base64(encode_png(small)) + "\">";
}

std::string number_html(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text[0] == '-' ? "&minus;" + std::string(text + 1) : text;
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

int score_decimals(double percent) {
  return std::abs(percent) < 1 ? 2 : 1;
}

}  // namespace albef
