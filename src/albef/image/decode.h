// Encoded bytes to RGB: JPEG, PNG, WebP, GIF (first frame), BMP. The format is told by the content, not by the name;
// image/formats.h has the table.
//
// The pixels are those of Pillow's open().convert("RGB") with LOAD_TRUNCATED_IMAGES, as in the authors' loader:
// alpha is dropped, not blended; 16-bit gray is clipped at 255, other 16-bit samples keep their high byte; four-channel
// JPEG is taken as Adobe's inverted CMYK. What is missing at the end of a truncated file stays gray (JPEG), the
// palette's first colour or the canvas (GIF), or black. A damaged file is accepted if at least one row could be
// decoded; where that differs from Pillow is told in docs/differences.md.
//
// `name` is only for messages: a path, or a path and a record. Every function throws Error where the bytes are no
// picture of a known format, or the picture is over the limit; that is checked on the header, before any allocation.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "albef/image/image.h"

namespace albef {

inline constexpr uint64_t kMaxPictureBytes = uint64_t{1} << 30;  ///< of a file that is read as a picture
inline constexpr int kMaxSide = 1 << 20;                         ///< pixels; keeps tables as long as a side small

struct DecodeOptions {
  /// Most pixels (width x height) a picture may have. The default is where Pillow, too, refuses: half a gigabyte of
  /// RGB.
  uint64_t max_pixels = 178'956'970;
  /// Turn the picture upright as its EXIF orientation says (JPEG, PNG, WebP). The authors do not.
  bool honour_exif = false;
};

/// Width and height by the header alone, after turning where `options` honours EXIF.
ImageSize image_size(std::string_view bytes, const std::string& name, const DecodeOptions& options = {});

Image decode_image(std::string_view bytes, const std::string& name, const DecodeOptions& options = {});

/// The same for a file; also Error where it cannot be read.
Image read_image(const std::filesystem::path& path, const DecodeOptions& options = {});

/// Whether the name ends, in any case, as pictures of a known format do.
bool is_picture_name(const std::filesystem::path& path);

std::string picture_endings();  ///< ".jpg, .jpeg, .png, ...": all of them, for messages

/// What is wanted of a picture. The default is all of it at full size.
struct Part {
  Crop crop = {0, 0, kMaxSide, kMaxSide};  ///< of the full picture; what of it lies outside is left out
  ImageSize least = {kMaxSide, kMaxSide};  ///< sides of the whole picture that a reduced scale has to keep
};

struct DecodedPart {
  Image image;            ///< holds the crop, and maybe more around it, the levels of which may be any
  double scale = 1;       ///< pixels of `image` per pixel of the full picture, the same for both sides
  int left = 0, top = 0;  ///< of the scaled picture's pixels, the one that `image` begins with
};

/// The crop at the smallest scale that the decoder offers cheaply and that keeps both of the whole picture's sides at
/// `least` or more; its pixels are those of decoding the whole picture at that scale. JPEG knows 1/8, 1/4, 1/2 and 1,
/// and leaves out what is outside of the crop; the others know 1 only.
DecodedPart decode_part(std::string_view bytes, const std::string& name, const Part& part,
                        const DecodeOptions& options = {});

}  // namespace albef
