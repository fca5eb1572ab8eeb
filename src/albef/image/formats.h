// The one table of picture formats. A new one is a decoder, its declarations in codecs.h and a line in formats.cpp.
#pragma once
#include <span>
#include <string_view>

#include "albef/image/codecs.h"

namespace albef::codecs {

/// Contracts and errors of the functions are decode.h's; the sides of `size` are those before any turning.
struct Format {
  std::string_view name;                       ///< for messages
  std::span<const std::string_view> endings;   ///< of file names, in lower case with their dot
  bool (*recognises)(std::string_view bytes);  ///< by the first bytes
  ImageSize (*size)(const Source& source);
  ScaledImage (*decode)(const Source& source, ImageSize least, uint64_t max_pixels);
};

std::span<const Format> formats();

/// The format of the bytes. Error naming the known ones where there is none.
const Format& format_of(const Source& source);

}  // namespace albef::codecs
