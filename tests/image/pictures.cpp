#include "pictures.h"

#include <gif_lib.h>
#include <png.h>
#include <webp/encode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "albef/base/rng.h"

namespace albef {

Image noise(int width, int height, uint64_t seed) {
  Rng rng(Purpose::kSynthetic, {seed});
  Image image = Image::filled(width, height);
  for (uint8_t& level : image.pixels) level = static_cast<uint8_t>(rng.below(256));
  return image;
}

Image photo_like(int width, int height, uint64_t seed) {
  Rng rng(Purpose::kSynthetic, {seed, 1});
  std::vector<double> light(size_t{3} * width * height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double* rgb = &light[3 * (size_t{1} * y * width + x)];
      rgb[0] = 90 + 60.0 * x / width, rgb[1] = 120, rgb[2] = 160 - 70.0 * y / height;
    }
  }
  for (int thing = 0; thing < 60; ++thing) {  // discs
    const double cx = rng.uniform(0, width), cy = rng.uniform(0, height);
    const double radius = std::exp(rng.uniform(std::log(4), std::log(0.3 * width))), edge = rng.uniform(1, 3);
    const double color[3] = {rng.uniform(0, 255), rng.uniform(0, 255), rng.uniform(0, 255)};
    const auto from = [&](double center) { return std::max(0, static_cast<int>(center - radius - edge)); };
    for (int y = from(cy); y < std::min<double>(height, cy + radius + edge); ++y) {
      for (int x = from(cx); x < std::min<double>(width, cx + radius + edge); ++x) {
        double* rgb = &light[3 * (size_t{1} * y * width + x)];
        const double cover = std::clamp((radius - std::hypot(x - cx, y - cy)) / edge + 0.5, 0.0, 1.0);
        for (int c = 0; c < 3; ++c) rgb[c] += cover * (color[c] - rgb[c]);
      }
    }
  }
  Image image = Image::filled(width, height);
  for (size_t i = 0; i < light.size(); ++i) {
    image.pixels[i] = static_cast<uint8_t>(std::clamp(light[i] + 3 * rng.normal(), 0.0, 255.0));
  }
  return image;
}

int largest_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 256;
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

double mean_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height) return 256;
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

std::string little(uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(i < 8 ? value >> (8 * i) & 255 : 0);
  return bytes;
}

std::string big(uint64_t value, int width) {
  std::string bytes = little(value, width);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

std::string with_orientation(const std::string& file, int orientation, bool big_endian) {
  const auto number = [&](uint64_t value, int width) { return big_endian ? big(value, width) : little(value, width); };
  const std::string tiff = (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) + number(1, 2) + number(274, 2) +
                           number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2) + number(0, 4);
  if (file.starts_with("\xff\xd8")) {
    const std::string exif = std::string("Exif\0\0", 6) + tiff;
    return file.substr(0, 2) + "\xff\xe1" + big(exif.size() + 2, 2) + exif + file.substr(2);
  }
  if (file.starts_with("RIFF")) return file + "EXIF" + little(tiff.size(), 4) + tiff;
  const std::string chunk = big(tiff.size(), 4) + "eXIf" + tiff + big(0, 4);  // the checksum is not looked at
  return file.substr(0, 33) + chunk + file.substr(33);
}

std::string encode_raw_png(const RawPng& raw) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  std::string bytes;
  const auto append = [](png_structp writer, png_bytep data, size_t size) {
    static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<char*>(data), size);
  };
  png_set_write_fn(png, &bytes, append, nullptr);
  png_set_IHDR(png, info, raw.width, raw.height, raw.depth, raw.color_type,
               raw.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (size_t i = 0; i + 2 < raw.palette.size(); i += 3) {
    palette.push_back({raw.palette[i], raw.palette[i + 1], raw.palette[i + 2]});
  }
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (!raw.alpha.empty()) png_set_tRNS(png, info, raw.alpha.data(), static_cast<int>(raw.alpha.size()), nullptr);
  png_write_info(png, info);
  std::vector<uint8_t*> rows;
  const size_t row_bytes = raw.samples.size() / raw.height;
  for (int y = 0; y < raw.height; ++y) rows.push_back(const_cast<uint8_t*>(raw.samples.data()) + y * row_bytes);
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::string encode_raw_gif(const RawGif& raw) {
  std::string bytes;
  const auto append = [](GifFileType* gif, const GifByteType* data, int size) {
    static_cast<std::string*>(gif->UserData)->append(reinterpret_cast<const char*>(data), size);
    return size;
  };
  int error = 0;
  GifFileType* gif = EGifOpen(&bytes, append, &error);
  ColorMapObject* map = nullptr;
  if (!raw.palette.empty()) {
    map = GifMakeMapObject(static_cast<int>(raw.palette.size() / 3), nullptr);
    for (size_t i = 0; i < raw.palette.size() / 3; ++i) {
      map->Colors[i] = {raw.palette[3 * i], raw.palette[3 * i + 1], raw.palette[3 * i + 2]};
    }
  }
  EGifSetGifVersion(gif, true);
  EGifPutScreenDesc(gif, raw.screen_width, raw.screen_height, 8, 0, map);
  if (raw.transparent >= 0) {
    GraphicsControlBlock control{DISPOSAL_UNSPECIFIED, false, 0, raw.transparent};
    GifByteType block[4];
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, static_cast<int>(EGifGCBToExtension(&control, block)), block);
  }
  EGifPutImageDesc(gif, raw.left, raw.top, raw.width, raw.height, raw.interlaced, nullptr);
  const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
  for (int pass = 0; pass < (raw.interlaced ? 4 : 1); ++pass) {
    for (int y = starts[pass]; y < raw.height; y += raw.interlaced ? steps[pass] : 1) {
      EGifPutLine(gif, const_cast<uint8_t*>(raw.indices.data()) + size_t{1} * y * raw.width, raw.width);
    }
  }
  GifFreeMapObject(map);
  if (EGifCloseFile(gif, &error) == GIF_ERROR) throw std::runtime_error("giflib cannot write the test's picture");
  return bytes;
}

std::string encode_webp(int width, int height, const std::vector<uint8_t>& rgba) {
  uint8_t* data = nullptr;
  const size_t size = WebPEncodeLosslessRGBA(rgba.data(), width, height, 4 * width, &data);
  std::string bytes(reinterpret_cast<char*>(data), size);
  WebPFree(data);
  return bytes;
}

}  // namespace albef
