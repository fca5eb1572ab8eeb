// The first frame of a GIF by giflib, drawn on the canvas as Pillow does: where the frame does not reach, the canvas
// has the transparent colour's entry of the palette, or entry 0. Transparency itself is dropped.
#include <gif_lib.h>

#include <array>
#include <cstring>
#include <memory>

#include "albef/base/error.h"
#include "albef/image/formats.h"

namespace albef::codecs {
namespace {

int read_bytes(GifFileType* gif, GifByteType* to, int length) {
  auto* rest = static_cast<std::string_view*>(gif->UserData);
  const size_t count = std::min(rest->size(), static_cast<size_t>(length));
  std::memcpy(to, rest->data(), count);
  rest->remove_prefix(count);
  return static_cast<int>(count);
}

/// Stands at the first frame's pixels.
class GifReader {
 public:
  explicit GifReader(const Source& source) : source_(source), rest_(source.bytes) {
    int error = 0;
    gif_.reset(DGifOpen(&rest_, read_bytes, &error));
    if (!gif_) refuse();
    GifRecordType type;
    do {
      if (DGifGetRecordType(gif_.get(), &type) == GIF_ERROR || type == TERMINATE_RECORD_TYPE) refuse();
      if (type == EXTENSION_RECORD_TYPE) read_extension();
    } while (type != IMAGE_DESC_RECORD_TYPE);
    if (DGifGetImageDesc(gif_.get()) == GIF_ERROR) refuse();
  }

  const GifImageDesc& frame() const { return gif_->Image; }

  /// The screen, made larger where the frame reaches over it.
  ImageSize canvas() const {
    return {std::max(gif_->SWidth, frame().Left + frame().Width),
            std::max(gif_->SHeight, frame().Top + frame().Height)};
  }

  /// RGB of each index; gray where there is no palette, black beyond its end.
  std::array<std::array<uint8_t, 3>, 256> colors() const {
    std::array<std::array<uint8_t, 3>, 256> colors{};
    const ColorMapObject* map = frame().ColorMap ? frame().ColorMap : gif_->SColorMap;
    for (int i = 0; i < 256; ++i) {
      const auto gray = static_cast<uint8_t>(i);
      if (!map) colors[i] = {gray, gray, gray};
      if (map && i < map->ColorCount) colors[i] = {map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue};
    }
    return colors;
  }

  uint8_t background() const { return background_; }
  bool read_line(uint8_t* indices) { return DGifGetLine(gif_.get(), indices, frame().Width) != GIF_ERROR; }
  [[noreturn]] void refuse() const {
    fail(printable(source_.name), ": damaged GIF (no whole row of a first frame); replace the file");
  }

 private:
  void read_extension() {
    int code = 0;
    GifByteType* block = nullptr;  // its length, then its bytes
    if (DGifGetExtension(gif_.get(), &code, &block) == GIF_ERROR) refuse();
    GraphicsControlBlock control;
    if (block && code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
      background_ =
          control.TransparentColor == NO_TRANSPARENT_COLOR ? 0 : static_cast<uint8_t>(control.TransparentColor);
    }
    while (block) {
      if (DGifGetExtensionNext(gif_.get(), &block) == GIF_ERROR) refuse();
    }
  }

  struct Close {
    void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
  };
  const Source& source_;
  std::string_view rest_;
  std::unique_ptr<GifFileType, Close> gif_;
  uint8_t background_ = 0;
};

// The lines of a frame in the order of the file: interlaced ones come every 8th, the 8th between, every 4th, every 2nd.
std::vector<int> line_order(int height, bool interlaced) {
  std::vector<int> order;
  order.reserve(height);
  const auto pass = [&](int first, int step) {
    for (int y = first; y < height; y += step) order.push_back(y);
  };
  if (!interlaced) {
    pass(0, 1);
    return order;
  }
  pass(0, 8), pass(4, 8), pass(2, 4), pass(1, 2);
  return order;
}

bool recognises(std::string_view bytes) {
  return bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a");
}

ImageSize stored_size(const Source& source) {
  return GifReader(source).canvas();
}

Image decode(const Source& source, uint64_t max_pixels) {
  GifReader reader(source);
  const ImageSize canvas = reader.canvas();
  check_size(canvas.width, canvas.height, source, max_pixels);
  const auto colors = reader.colors();
  Image image = Image::filled(canvas.width, canvas.height);
  const auto& background = colors[reader.background()];
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = background[i % 3];

  int rows = 0;
  bool more = true;
  for (int y : line_order(reader.frame().Height, reader.frame().Interlace)) {
    // giflib writes pixel after pixel: where the file ends within a row, the rest of it stays background.
    std::vector<uint8_t> indices(reader.frame().Width, reader.background());
    more = reader.read_line(indices.data());
    uint8_t* to = image.row(reader.frame().Top + y) + size_t{3} * reader.frame().Left;
    for (uint8_t index : indices) to = std::copy(colors[index].begin(), colors[index].end(), to);
    if (!more) break;
    ++rows;
  }
  if (rows == 0) reader.refuse();
  return image;
}

constexpr std::string_view kEndings[] = {".gif"};

}  // namespace

extern constinit const Format gif = {"GIF", kEndings, recognises, stored_size, as_a_whole<decode>};

}  // namespace albef::codecs
