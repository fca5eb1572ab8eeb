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

struct ScaledImage {
  Image image;
  double scale = 1;  ///< pixels of `image` per pixel of the full picture, the same for both sides
};

/// The picture at the smallest scale that its decoder offers cheaply and that keeps both sides at `least` or more.
/// JPEG knows 1/8, 1/4, 1/2 and 1, the others 1 only. A `least` over the full size gives the full size.
ScaledImage decode_at_least(std::string_view bytes, const std::string& name, ImageSize least,
                            const DecodeOptions& options = {});

}  // namespace albef
