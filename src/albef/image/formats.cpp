#include "albef/image/formats.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/image/bytes.h"

namespace albef {
namespace codecs {
namespace {

constexpr std::string_view kJpeg[] = {".jpg", ".jpeg"}, kPng[] = {".png"}, kWebp[] = {".webp"}, kGif[] = {".gif"},
                           kBmp[] = {".bmp"};

bool is_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8\xff");
}
bool is_png(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n");
}
bool is_webp(std::string_view bytes) {
  return bytes.starts_with("RIFF") && slice(bytes, 8, 4) == "WEBP";
}
bool is_gif(std::string_view bytes) {
  return bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a");
}
bool is_bmp(std::string_view bytes) {
  return bytes.starts_with("BM");
}

/// A decoder that knows the full size only.
template <Image (*Decode)(const Source&, uint64_t)>
ScaledImage full(const Source& source, ImageSize, uint64_t max_pixels) {
  return {Decode(source, max_pixels)};
}

constexpr Format kFormats[] = {
    {"JPEG", kJpeg, is_jpeg, jpeg_size, decode_jpeg},       {"PNG", kPng, is_png, png_size, full<decode_png>},
    {"WebP", kWebp, is_webp, webp_size, full<decode_webp>}, {"GIF", kGif, is_gif, gif_size, full<decode_gif>},
    {"BMP", kBmp, is_bmp, bmp_size, full<decode_bmp>},
};

/// "a, b or c"
std::string names() {
  std::string text;
  for (const Format& format : kFormats) {
    const bool last = &format == std::end(kFormats) - 1;
    text += str(text.empty() ? "" : last ? " or " : ", ", format.name);
  }
  return text;
}

}  // namespace

std::span<const Format> formats() {
  return kFormats;
}

const Format& format_of(const Source& source) {
  if (source.bytes.empty()) fail(printable(source.name), ": empty, expected a picture");
  for (const Format& format : kFormats) {
    if (format.recognises(source.bytes)) return format;
  }
  fail(printable(source.name), ": no picture of a known format; expected ", names());
}

}  // namespace codecs

bool is_picture_name(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return std::ranges::any_of(codecs::formats(), [&](const codecs::Format& format) {
    return std::ranges::find(format.endings, ending) != format.endings.end();
  });
}

std::string picture_endings() {
  std::string text;
  for (const codecs::Format& format : codecs::formats()) {
    for (const std::string_view ending : format.endings) text += str(text.empty() ? "" : ", ", ending);
  }
  return text;
}

}  // namespace albef
