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
    errors_.base.emit_message = [](j_common_ptr, int) {};  // warnings: damaged data is decoded as far as it goes
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

ScaledImage decode(const Source& source, ImageSize least, uint64_t max_pixels) {
  JpegReader reader(source);
  check_size(reader.width(), reader.height(), source, max_pixels);
  const int eighths = eighths_for(reader, least);
  const ImageSize size = reader.scale_to(eighths);
  Image image = Image::filled(size.width, size.height);
  if (!read_into(reader, image)) {
    const Source start{whole_scans(source.bytes), source.name};
    JpegReader again(start);
    if (again.scale_to(eighths) != size || !read_into(again, image)) reader.refuse();
  }
  return {std::move(image), eighths / 8.0};
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
