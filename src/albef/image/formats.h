// The formats of pictures, each a file of its own; decode.h chooses between them. A new one is such a file and its name
// in the table of formats.cpp.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "albef/image/decode.h"

namespace albef::codecs {

/// Bytes of one picture and the name that messages give it. Both must outlive the call.
struct Source {
  std::string_view bytes;
  const std::string& name;
};

/// Contracts and errors of the functions are decode.h's; sides are those before any turning.
struct Format {
  std::string_view name;                       ///< for messages
  std::span<const std::string_view> endings;   ///< of file names, in lower case with their dot
  bool (*recognises)(std::string_view bytes);  ///< by the first bytes
  ImageSize (*size)(const Source& source);
  DecodedPart (*decode)(const Source& source, const Part& part, uint64_t max_pixels);
  std::string_view (*exif)(std::string_view bytes) = nullptr;  ///< the EXIF block, empty if there is none
};

std::span<const Format* const> formats();

/// The format of the bytes. Error naming the known ones where they are of none.
const Format& format_of(const Source& source);

/// Error unless both sides are 1 to 2^20 and the picture has at most `max_pixels`. To be called before any allocation.
void check_size(int64_t width, int64_t height, const Source& source, uint64_t max_pixels);

/// Format::decode of a decoder that knows the whole picture at full size only.
template <Image (*Decode)(const Source& source, uint64_t max_pixels)>
DecodedPart as_a_whole(const Source& source, const Part& /*part*/, uint64_t max_pixels) {
  return {Decode(source, max_pixels)};
}

}  // namespace albef::codecs
