// WebP by libwebp, decoded incrementally, so that a truncated file gives the rows it holds.
#include <webp/decode.h>

#include <memory>

#include "albef/base/error.h"
#include "albef/image/bytes.h"
#include "albef/image/formats.h"

namespace albef::codecs {
namespace {

// The payload of the first chunk named `id` (four characters); empty if there is none.
std::string_view riff_chunk(std::string_view file, std::string_view id) {
  for (uint64_t at = 12; at + 8 <= file.size();) {
    const uint64_t length = read_number(file, at + 4, 4, Endian::kLittle);
    if (file.substr(at, 4) == id) return slice(file, at + 8, length);
    at += 8 + length + length % 2;
  }
  return {};
}

/// A still picture, or where and from what bytes an animation's first frame is drawn on its canvas.
struct Frame {
  ImageSize canvas;
  int left = 0, top = 0;
  ImageSize size;
  std::string_view bytes;
};

[[noreturn]] void refuse(const Source& source, const char* why) {
  fail(printable(source.name), ": damaged WebP (", why, "); replace the file");
}

WebPBitstreamFeatures features_of(std::string_view bytes, const Source& source) {
  WebPBitstreamFeatures features;
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) refuse(source, "no header");
  return features;
}

// An animation frame (chunk ANMF): left/2, top/2, width-1, height-1, duration, 3 bytes each; flags; then the picture.
Frame first_frame(const Source& source) {
  const WebPBitstreamFeatures file = features_of(source.bytes, source);
  const ImageSize canvas{file.width, file.height};
  if (!file.has_animation) return {canvas, 0, 0, canvas, source.bytes};
  const std::string_view chunk = riff_chunk(source.bytes, "ANMF");
  if (chunk.size() <= 16) refuse(source, "no frame");
  const auto number = [&](uint64_t at) { return static_cast<int>(read_number(chunk, at, 3, Endian::kLittle)); };
  const std::string_view picture = chunk.substr(16);
  const WebPBitstreamFeatures frame = features_of(picture, source);
  return {canvas, 2 * number(0), 2 * number(3), {frame.width, frame.height}, picture};
}

bool recognises(std::string_view bytes) {
  return bytes.starts_with("RIFF") && slice(bytes, 8, 4) == "WEBP";
}

ImageSize stored_size(const Source& source) {
  const WebPBitstreamFeatures features = features_of(source.bytes, source);
  return {features.width, features.height};
}

Image decode(const Source& source, uint64_t max_pixels) {
  const Frame frame = first_frame(source);
  check_size(frame.canvas.width, frame.canvas.height, source, max_pixels);
  if (frame.left + frame.size.width > frame.canvas.width || frame.top + frame.size.height > frame.canvas.height) {
    refuse(source, "its frame is larger than its canvas");
  }
  Image image = Image::filled(frame.canvas.width, frame.canvas.height);
  uint8_t* corner = image.row(frame.top) + size_t{3} * frame.left;
  const size_t room = static_cast<size_t>(image.pixels.data() + image.pixels.size() - corner);
  const std::unique_ptr<WebPIDecoder, void (*)(WebPIDecoder*)> decoder(
      WebPINewRGB(MODE_RGB, corner, room, static_cast<int>(image.row_bytes())), WebPIDelete);
  if (!decoder) fail("libwebp: out of memory");
  const auto* data = reinterpret_cast<const uint8_t*>(frame.bytes.data());
  const VP8StatusCode status = WebPIUpdate(decoder.get(), data, frame.bytes.size());
  int rows = 0;
  WebPIDecGetRGB(decoder.get(), &rows, nullptr, nullptr, nullptr);
  if (status != VP8_STATUS_OK && rows == 0) refuse(source, "it ends before its first row, or is no WebP inside");
  return image;
}

std::string_view exif(std::string_view bytes) {
  return riff_chunk(bytes, "EXIF");
}

constexpr std::string_view kEndings[] = {".webp"};

}  // namespace

extern constinit const Format webp = {"WebP", kEndings, recognises, stored_size, as_a_whole<decode>, exif};

}  // namespace albef::codecs
