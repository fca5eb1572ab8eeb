// BMP, read here: 1, 4, 8, 16, 24 and 32 bits a pixel, palettes, bit fields, run lengths, bottom-up and top-down.
#include <algorithm>
#include <array>
#include <bit>

#include "albef/base/error.h"
#include "albef/image/bytes.h"
#include "albef/image/formats.h"

namespace albef::codecs {
namespace {

enum Compression : uint32_t { kNone = 0, kRunLength8 = 1, kRunLength4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

using Color = std::array<uint8_t, 3>;

struct Header {
  int64_t width = 0, height = 0;
  bool top_down = false;
  int bits = 0;
  uint32_t compression = kNone;
  std::array<uint32_t, 3> masks{};  // of red, green, blue; for 16 and 32 bits
  std::array<Color, 256> palette{};
  uint64_t pixels_at = 0;
};

uint32_t number(const Source& source, uint64_t offset, int width) {
  return read_number(source.bytes, offset, width, Endian::kLittle);
}

void read_palette(const Source& source, uint64_t at, uint32_t count, int entry_bytes, Header& header) {
  for (uint32_t i = 0; i < std::min(count, 256u); ++i) {
    const uint64_t entry = at + uint64_t{i} * entry_bytes;  // blue, green, red
    for (int c = 0; c < 3; ++c) header.palette[i][c] = static_cast<uint8_t>(number(source, entry + 2 - c, 1));
  }
}

void check_supported(const Header& header, const Source& source) {
  const int bits = header.bits;
  const bool fields = header.compression == kBitFields || header.compression == kAlphaBitFields;
  const bool known = (header.compression == kNone &&
                      (bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32)) ||
                     (header.compression == kRunLength8 && bits == 8) ||
                     (header.compression == kRunLength4 && bits == 4) || (fields && (bits == 16 || bits == 32));
  if (!known) {
    fail(printable(source.name), ": BMP of ", bits, " bits a pixel and compression ", header.compression,
         " is not supported; save it as PNG");
  }
}

// The 12-byte header of OS/2 has 16-bit sides and 3-byte palette entries; all later ones begin alike. Some programs
// leave the place of the pixels at 0, or name the palette's: then they stand behind it, as for Pillow. Any other is
// obeyed.
Header read_header(const Source& source) {
  const uint32_t header_bytes = number(source, 14, 4);
  const bool is_short = header_bytes == 12;
  if (source.bytes.size() < 26 || (!is_short && header_bytes < 40)) {
    fail(printable(source.name), ": damaged BMP, its header is cut off or unknown; replace the file");
  }
  Header header;
  header.pixels_at = number(source, 10, 4);
  const int side_bytes = is_short ? 2 : 4;
  header.width = static_cast<int32_t>(number(source, 18, side_bytes));
  header.height = static_cast<int32_t>(number(source, 18 + side_bytes, side_bytes));
  header.top_down = header.height < 0;
  header.height = std::abs(header.height);
  header.bits = static_cast<int>(number(source, is_short ? 24 : 28, 2));
  header.compression = is_short ? uint32_t{kNone} : number(source, 30, 4);
  check_supported(header, source);

  const uint64_t palette_at = 14 + uint64_t{header_bytes};
  uint64_t tables_end = palette_at;
  if (header.bits == 16) header.masks = {0x7c00, 0x3e0, 0x1f};
  if (header.bits == 32) header.masks = {0xff0000, 0xff00, 0xff};
  if (header.compression == kBitFields || header.compression == kAlphaBitFields) {
    for (int c = 0; c < 3; ++c) header.masks[c] = number(source, 54 + 4 * c, 4);  // in the header, or just after it
    if (header_bytes == 40) tables_end += 12;
  }
  if (header.bits <= 8) {
    const uint32_t all = 1u << header.bits, used = is_short ? 0 : number(source, 46, 4), count = used ? used : all;
    const int entry_bytes = is_short ? 3 : 4;
    read_palette(source, palette_at, std::min(count, all), entry_bytes, header);
    tables_end += uint64_t{count} * entry_bytes;
  }
  if (header.pixels_at == 0 || (header.pixels_at == palette_at && header.bits <= 8)) header.pixels_at = tables_end;
  return header;
}

// One row of palette indices, 16-, 24- or 32-bit pixels.
void decode_row(const Header& header, std::string_view row, uint8_t* rgb) {
  const int bytes = header.bits / 8;
  for (int64_t x = 0; x < header.width; ++x, rgb += 3) {
    if (header.bits < 8) {
      const int64_t bit = x * header.bits;
      const uint32_t byte = read_number(row, bit / 8, 1, Endian::kLittle);
      const uint32_t index = byte >> (8 - header.bits - bit % 8) & ((1u << header.bits) - 1);
      std::copy_n(header.palette[index].begin(), 3, rgb);
      continue;
    }
    const uint32_t pixel = read_number(row, x * bytes, bytes, Endian::kLittle);
    if (header.bits == 8) {
      std::copy_n(header.palette[pixel].begin(), 3, rgb);
    } else if (header.bits == 24) {
      rgb[0] = pixel >> 16 & 255, rgb[1] = pixel >> 8 & 255, rgb[2] = pixel & 255;
    } else {
      for (int c = 0; c < 3; ++c) {
        const uint32_t mask = header.masks[c];
        const int shift = mask ? std::countr_zero(mask) : 0;
        const uint64_t largest = mask >> shift;
        rgb[c] = static_cast<uint8_t>(largest ? uint64_t{(pixel & mask) >> shift} * 255 / largest : 0);
      }
    }
  }
}

/// Palette indices by run lengths. A pair (n, value) repeats; (0, 0) ends the row, (0, 1) the picture, (0, 2) jumps,
/// (0, n) is followed by n indices as they are, padded to an even number of bytes.
class RunLengthReader {
 public:
  RunLengthReader(const Header& header, std::string_view data) : header_(header), data_(data) {
    indices_.resize(static_cast<size_t>(header.width * header.height));
  }

  std::vector<uint8_t> read() {
    for (bool more = true; more && at_ + 1 < data_.size() && y_ < header_.height;) {
      const int first = next(), second = next();
      if (first > 0) {
        for (int i = 0; i < first; ++i) put(pixel_of(second, i));
      } else {
        more = escape(second);
      }
    }
    return std::move(indices_);
  }

 private:
  bool nibbles() const { return header_.bits == 4; }
  /// The i-th pixel that starts at a byte: with 4 bits a pixel the high half comes first.
  int pixel_of(int byte, int i) const { return !nibbles() ? byte : i % 2 == 0 ? byte >> 4 : byte & 15; }
  int next() { return at_ < data_.size() ? static_cast<uint8_t>(data_[at_++]) : 0; }
  void put(int index) {
    if (x_ < header_.width && y_ < header_.height) indices_[y_ * header_.width + x_] = static_cast<uint8_t>(index);
    ++x_;
  }
  bool escape(int code) {
    if (code == 1) return false;
    if (code == 0) {
      x_ = 0, ++y_;
    } else if (code == 2) {
      x_ += next(), y_ += next();
    } else {
      const uint64_t start = at_;
      for (int i = 0, byte = 0; i < code; ++i) {
        if (!nibbles() || i % 2 == 0) byte = next();
        put(pixel_of(byte, i));
      }
      at_ += (at_ - start) % 2;
    }
    return true;
  }

  const Header& header_;
  std::string_view data_;
  uint64_t at_ = 0;
  int64_t x_ = 0, y_ = 0;
  std::vector<uint8_t> indices_;
};

[[noreturn]] void refuse_short(const Source& source) {
  fail(printable(source.name), ": damaged BMP, it ends before its first row; replace the file");
}

bool recognises(std::string_view bytes) {
  return bytes.starts_with("BM");
}

ImageSize stored_size(const Source& source) {
  const Header header = read_header(source);
  return {static_cast<int>(std::min<int64_t>(header.width, INT32_MAX)),
          static_cast<int>(std::min<int64_t>(header.height, INT32_MAX))};
}

Image decode(const Source& source, uint64_t max_pixels) {
  const Header header = read_header(source);
  check_size(header.width, header.height, source, max_pixels);
  const std::string_view data = slice(source.bytes, header.pixels_at);
  if (data.empty()) refuse_short(source);
  const int width = static_cast<int>(header.width), height = static_cast<int>(header.height);
  Image image = Image::filled(width, height);
  const auto line = [&](int row) { return image.row(header.top_down ? row : height - 1 - row); };

  if (header.compression == kRunLength8 || header.compression == kRunLength4) {
    const std::vector<uint8_t> indices = RunLengthReader(header, data).read();
    for (int64_t i = 0; i < header.width * header.height; ++i) {
      std::copy_n(header.palette[indices[i]].begin(), 3, line(static_cast<int>(i / width)) + 3 * (i % width));
    }
    return image;
  }
  const uint64_t row_bytes = (header.width * header.bits + 7) / 8, stride = (row_bytes + 3) / 4 * 4;
  if (data.size() < row_bytes) refuse_short(source);
  for (int row = 0; row < height; ++row) {
    const bool whole = row * stride + row_bytes <= data.size();
    decode_row(header, whole ? data.substr(row * stride, row_bytes) : std::string_view(), line(row));  // else zeros
  }
  return image;
}

constexpr std::string_view kEndings[] = {".bmp"};

}  // namespace

extern constinit const Format bmp = {"BMP", kEndings, recognises, stored_size, as_a_whole<decode>};

}  // namespace albef::codecs
