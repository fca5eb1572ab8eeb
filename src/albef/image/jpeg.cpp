// JPEG by libjpeg-turbo, with the settings that Pillow leaves at their defaults: accurate integer DCT, smooth chroma.
#include <algorithm>
#include <csetjmp>
#include <cstdio>

// jpeglib.h needs FILE and size_t from above it.
#include <jpeglib.h>

#include "albef/base/error.h"
#include "albef/image/bytes.h"
#include "albef/image/exif.h"
#include "albef/image/formats.h"

namespace albef::codecs {
namespace {

// A file of progressive scans can cost time out of proportion to its length; real ones have about ten.
constexpr int kMaxScans = 200;

struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void on_error(j_common_ptr codec) {
  auto* errors = reinterpret_cast<ErrorManager*>(codec->err);
  codec->err->format_message(codec, errors->message);
  std::longjmp(errors->jump, 1);
}

void on_progress(j_common_ptr codec) {
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number <= kMaxScans) return;
  auto* errors = reinterpret_cast<ErrorManager*>(codec->err);
  std::snprintf(errors->message, sizeof errors->message, "more than %d scans", kMaxScans);
  std::longjmp(errors->jump, 1);
}

/// libjpeg's state, freed with it also where a constructor throws.
struct Decompressor : jpeg_decompress_struct {
  Decompressor() : jpeg_decompress_struct{} {}
  ~Decompressor() { jpeg_destroy_decompress(this); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
};

/// libjpeg leaves by longjmp on an error, so all that owns memory stands here, outside of what is jumped over.
class JpegReader {
 public:
  explicit JpegReader(const Source& source) : source_(source) {
    codec_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = on_error;
    // Warnings are counted: damaged data is decoded as far as it goes.
    errors_.base.emit_message = [](j_common_ptr codec, int level) { codec->err->num_warnings += level < 0; };
    progress_.progress_monitor = on_progress;
    const bool read = guarded([this] {
      jpeg_create_decompress(&codec_);
      codec_.progress = &progress_;
      jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(source_.bytes.data()), source_.bytes.size());
      jpeg_read_header(&codec_, TRUE);
    });
    if (!read) refuse();
    const int channels = codec_.num_components;
    if (channels != 1 && channels != 3 && channels != 4) {
      fail(printable(source.name), ": JPEG of ", channels, " channels, expected 1, 3 or 4; convert it to RGB");
    }
  }

  int64_t width() const { return codec_.image_width; }
  int64_t height() const { return codec_.image_height; }
  bool is_cmyk() const { return codec_.num_components == 4; }

  /// Sets the scale to eighths/8 and gives the size that the decoded picture will have.
  ImageSize scale_to(int eighths) {
    codec_.scale_num = eighths;
    codec_.scale_denom = 8;
    codec_.out_color_space = is_cmyk() ? JCS_CMYK : JCS_RGB;
    codec_.dct_method = JDCT_ISLOW;
    codec_.do_fancy_upsampling = TRUE;
    if (!guarded([this] { jpeg_calc_output_dimensions(&codec_); })) refuse();
    return {static_cast<int>(codec_.output_width), static_cast<int>(codec_.output_height)};
  }

  /// Decodes row by row: `before(y)` says where to put row y, `after(y)` is told that it is there. False if no row
  /// came.
  template <class Before, class After>
  bool read_rows(Before before, After after) {
    volatile int rows = 0;  // read after a longjmp
    const bool whole = guarded([&] {
      jpeg_start_decompress(&codec_);
      while (codec_.output_scanline < codec_.output_height) {
        const int y = rows;
        JSAMPROW row = before(y);
        if (jpeg_read_scanlines(&codec_, &row, 1) != 1) break;
        after(y);
        rows = y + 1;
      }
    });
    return whole || rows > 0;
  }

  /// Whether a part can be decoded on its own: one scan, and chroma as is usual.
  bool has_parts() {
    if (codec_.progressive_mode || codec_.arith_code || is_cmyk() || jpeg_has_multiple_scans(&codec_)) return false;
    const jpeg_component_info* components = codec_.comp_info;
    for (int c = 1; c < codec_.num_components; ++c) {
      if (components[c].h_samp_factor != 1 || components[c].v_samp_factor != 1) return false;
    }
    return components[0].h_samp_factor <= 2 && components[0].v_samp_factor <= 2;
  }

  /// Decodes rows and columns of `crop`, and a few columns around it, after scale_to(). False where the data is damaged
  /// so far.
  bool read_part(const Crop& crop, Image& image, int& left) {
    // Two more columns to each side, so that smooth chroma sees the same neighbours. libjpeg begins with whole blocks.
    const int first = std::max(crop.left - 2, 0);
    const int end = std::min(crop.left + crop.width + 2, static_cast<int>(codec_.output_width));
    JDIMENSION column = static_cast<JDIMENSION>(first), columns = static_cast<JDIMENSION>(end - first);
    const bool started = guarded([&] {
      jpeg_start_decompress(&codec_);
      jpeg_crop_scanline(&codec_, &column, &columns);
    });
    if (!started) return false;
    left = static_cast<int>(column);
    image = Image::filled(static_cast<int>(columns), crop.height);
    const bool whole = guarded([&] {
      if (crop.top > 0) jpeg_skip_scanlines(&codec_, static_cast<JDIMENSION>(crop.top));
      for (int y = 0; y < crop.height; ++y) {
        JSAMPROW row = image.row(y);
        if (jpeg_read_scanlines(&codec_, &row, 1) != 1) break;
      }
    });
    return whole && codec_.output_scanline == static_cast<JDIMENSION>(crop.top + crop.height) &&
           errors_.base.num_warnings == 0;
  }

  [[noreturn]] void refuse() const {
    fail(printable(source_.name), ": damaged JPEG (", printable(errors_.message), "); replace the file");
  }

 private:
  /// Runs `work`, which must own nothing that has a destructor; false where libjpeg left it by an error.
  template <class Work>
  bool guarded(Work&& work) {
    if (setjmp(errors_.jump)) return false;
    work();
    return true;
  }

  const Source& source_;
  ErrorManager errors_{};
  jpeg_progress_mgr progress_{};
  Decompressor codec_;
};

// Adobe stores CMYK inverted, so a stored 255 is no ink. Rounded as Pillow does: (255 - k) less its share of each ink.
void cmyk_to_rgb(const uint8_t* cmyk, uint8_t* rgb, int width) {
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const int light = cmyk[3];
    for (int c = 0; c < 3; ++c) {
      const int product = (255 - cmyk[c]) * light + 128;
      rgb[c] = static_cast<uint8_t>(light - ((product + (product >> 8)) >> 8));
    }
  }
}

// The smallest scale that libjpeg-turbo has fast code for and that keeps both sides.
int eighths_for(const JpegReader& reader, ImageSize least) {
  for (int eighths : {1, 2, 4}) {
    if (reader.width() * eighths >= int64_t{8} * least.width &&
        reader.height() * eighths >= int64_t{8} * least.height) {
      return eighths;
    }
  }
  return 8;
}

bool read_into(JpegReader& reader, Image& image) {
  if (!reader.is_cmyk()) return reader.read_rows([&](int y) { return image.row(y); }, [](int) {});
  std::vector<uint8_t> inks(size_t{4} * image.width);  // one row
  return reader.read_rows([&](int) { return inks.data(); },
                          [&](int y) { cmyk_to_rgb(inks.data(), image.row(y), image.width); });
}

// A truncated progressive file often ends within the head of a scan, on which libjpeg gives up all the scans before.
// This is the part that comes before the last such head.
std::string_view whole_scans(std::string_view bytes) {
  const size_t tables = bytes.rfind("\xff\xc4"), scan = bytes.rfind("\xff\xda");
  return bytes.substr(0, std::max(tables == bytes.npos ? 0 : tables, scan == bytes.npos ? 0 : scan));
}

bool recognises(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8\xff");
}

ImageSize stored_size(const Source& source) {
  const JpegReader reader(source);
  return {static_cast<int>(reader.width()), static_cast<int>(reader.height())};
}

// The pixels of a picture of `size` at a scale of eighths/8 that a crop of the full picture touches.
Crop scaled_crop(const Crop& crop, int eighths, ImageSize size) {
  const auto side = [eighths](int start, int length, int limit) {
    const int first = static_cast<int>(std::clamp<int64_t>(int64_t{1} * start * eighths / 8, 0, limit - 1));
    const int64_t end = (int64_t{1} * start + length) * eighths;
    return std::pair{first, static_cast<int>(std::clamp<int64_t>((end + 7) / 8, first + 1, limit)) - first};
  };
  const auto [left, width] = side(crop.left, crop.width, size.width);
  const auto [top, height] = side(crop.top, crop.height, size.height);
  return {left, top, width, height};
}

DecodedPart decode(const Source& source, const Part& part, uint64_t max_pixels) {
  JpegReader reader(source);
  check_size(reader.width(), reader.height(), source, max_pixels);
  const int eighths = eighths_for(reader, part.least);
  const ImageSize size = reader.scale_to(eighths);
  DecodedPart decoded{.image = {}, .scale = eighths / 8.0};
  const Crop crop = scaled_crop(part.crop, eighths, size);
  if (crop != Crop{0, 0, size.width, size.height} && reader.has_parts()) {
    decoded.top = crop.top;
    if (reader.read_part(crop, decoded.image, decoded.left)) return decoded;
    return decode(source, {.least = part.least}, max_pixels);  // damaged: what is seen then is up to the whole
  }
  decoded.image = Image::filled(size.width, size.height);
  if (!read_into(reader, decoded.image)) {
    const Source start{whole_scans(source.bytes), source.name};
    JpegReader again(start);
    if (again.scale_to(eighths) != size || !read_into(again, decoded.image)) reader.refuse();
  }
  return decoded;
}

// The EXIF segment of a JPEG: the first APP1 (0xE1) that starts with its mark, before the scan (0xDA).
std::string_view exif(std::string_view file) {
  uint64_t at = 2;
  while (at + 4 <= file.size() && file[at] == '\xff') {
    const uint32_t marker = read_number(file, at + 1, 1, Endian::kBig);
    if (marker == 0xff) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == 0xda || marker == 0xd9) break;
    const uint32_t length = read_number(file, at + 2, 2, Endian::kBig);  // counts itself
    const std::string_view segment = slice(file, at + 4, length < 2 ? 0 : length - 2);
    if (marker == 0xe1 && segment.starts_with(kExifMark)) return segment;
    at += 2 + uint64_t{length};
  }
  return {};
}

constexpr std::string_view kEndings[] = {".jpg", ".jpeg"};

}  // namespace

extern constinit const Format jpeg = {"JPEG", kEndings, recognises, stored_size, decode, exif};

}  // namespace albef::codecs
