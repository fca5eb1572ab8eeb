#include "albef/image/formats.h"

#include <algorithm>

#include "albef/base/error.h"

namespace albef {
namespace codecs {

extern const Format jpeg, png, webp, gif, bmp;  // each in its own file

namespace {

constexpr const Format* kFormats[] = {&jpeg, &png, &webp, &gif, &bmp};

/// "a, b or c"
std::string names() {
  std::string text;
  for (const Format* format : kFormats) {
    const bool last = format == *std::prev(std::end(kFormats));
    text += str(text.empty() ? "" : last ? " or " : ", ", format->name);
  }
  return text;
}

}  // namespace

std::span<const Format* const> formats() {
  return kFormats;
}

const Format& format_of(const Source& source) {
  if (source.bytes.empty()) fail(printable(source.name), ": empty, expected a picture");
  for (const Format* format : kFormats) {
    if (format->recognises(source.bytes)) return *format;
  }
  fail(printable(source.name), ": no picture of a known format; expected ", names());
}

}  // namespace codecs

bool is_picture_name(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return std::ranges::any_of(codecs::formats(), [&](const codecs::Format* format) {
    return std::ranges::find(format->endings, ending) != format->endings.end();
  });
}

std::string picture_endings() {
  std::string text;
  for (const codecs::Format* format : codecs::formats()) {
    for (const std::string_view ending : format->endings) text += str(text.empty() ? "" : ", ", ending);
  }
  return text;
}

}  // namespace albef
