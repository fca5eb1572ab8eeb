#include "albef/image/decode.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/image/jpeg_writer.h"
#include "albef/image/png_writer.h"
#include "pictures.h"
#include "safetensors_u8.h"

namespace albef {
namespace {

const std::string kFolder = std::string(ALBEF_TEST_DATA) + "/goldens/input/";

Image decode(const std::string& bytes, const DecodeOptions& options = {}) {
  return decode_image(bytes, "picture", options);
}

std::string refusal(const std::string& bytes, const DecodeOptions& options = {}) {
  try {
    decode(bytes, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// A picture of one row of these levels of gray.
Image gray_row(const std::vector<uint8_t>& levels) {
  Image image = Image::filled(static_cast<int>(levels.size()), 1);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = levels[i / 3];
  return image;
}

TEST(Decode, EqualsPillowOnTheGoldens) {
  const PictureFile goldens(kFolder + "images.safetensors");
  const auto pictures = goldens.metadata("images");
  EXPECT_GE(pictures.size(), 16u);
  for (const auto& [name, about] : pictures.items()) {
    const std::string file = about.at("file");
    const Image image = read_image(kFolder + file);
    const int bound = file.ends_with(".jpg") ? 2 : 1;
    EXPECT_LE(largest_difference(image, goldens.picture(name + ".rgb")), bound) << name;
    EXPECT_EQ(image_size(read_file(kFolder + file), file), (ImageSize{image.width, image.height})) << name;
  }
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// Cut PNG, GIF, JPEG and BMP files, and BMPs whose pixels are said to begin in their palette (make_cut_pictures.py).
TEST(Decode, EqualsPillowOnCutFiles) {
  const Json pictures = read_json(std::string(ALBEF_TEST_DATA) + "/image/cut_pictures.json");
  ASSERT_GE(pictures.size(), 30u);
  for (const Json& picture : pictures) {
    const std::string name = picture.at("name"), rgb = from_hex(picture.at("rgb"));
    Image pillow = Image::filled(picture.at("width"), picture.at("height"));
    ASSERT_EQ(rgb.size(), pillow.pixels.size());
    std::copy(rgb.begin(), rgb.end(), pillow.pixels.begin());
    EXPECT_LE(largest_difference(decode(from_hex(picture.at("file"))), pillow), name.starts_with("jpeg") ? 2 : 0)
        << name;
  }
}

TEST(Decode, TellsTheFormatByTheContent) {
  const std::string misnamed = testing::TempDir() + "misnamed.jpg";
  const Image image = noise(9, 7, 1);
  write_atomically(misnamed, encode_png(image));
  EXPECT_EQ(read_image(misnamed), image);
}

TEST(DecodeJpeg, GivesTheSmallestScaleThatKeepsTheSize) {
  const std::string bytes = encode_jpeg(photo_like(161, 99, 1));
  const auto scaled_to = [&](int width, int height) {
    return decode_part(bytes, "picture", {.least = {width, height}});
  };
  EXPECT_EQ(scaled_to(20, 12).scale, 0.125);
  EXPECT_EQ(scaled_to(21, 12).scale, 0.25);  // 161/8 is a bit more than 20
  EXPECT_EQ(scaled_to(41, 10).scale, 0.5);
  EXPECT_EQ(scaled_to(10, 50).scale, 1);
  EXPECT_EQ(scaled_to(5000, 5000).scale, 1);
  const DecodedPart half = scaled_to(80, 40);
  EXPECT_EQ(half.image.width, 81);
  EXPECT_EQ(half.image.height, 50);
}

TEST(DecodeJpeg, KeepsTheWholeScansOfATruncatedProgressiveFile) {
  const std::string bytes = read_file(kFolder + "jpeg_progressive.jpg");
  const Image whole = decode(bytes);
  const size_t second_scan = bytes.find("\xff\xc4", bytes.find("\xff\xda"));
  for (size_t cut : {second_scan + 3, second_scan + 8, bytes.size() * 3 / 4}) {
    const Image part = decode(bytes.substr(0, cut));
    EXPECT_LT(mean_difference(part, whole), 25) << "cut after " << cut << " bytes";
  }
}

TEST(DecodePng, ConvertsEveryDepthAsPillowDoes) {
  EXPECT_EQ(decode(encode_raw_png({8, 1, 1, 0, false, {0b10110001}, {}, {}})),
            gray_row({255, 0, 255, 255, 0, 0, 0, 255}));
  EXPECT_EQ(decode(encode_raw_png({4, 1, 2, 0, false, {0b00011011}, {}, {}})), gray_row({0, 85, 170, 255}));
  EXPECT_EQ(decode(encode_raw_png({2, 1, 4, 0, false, {0x3f}, {}, {}})), gray_row({51, 255}));
  // 16-bit gray is clipped; 16-bit gray with alpha and colour keep the high byte.
  EXPECT_EQ(decode(encode_raw_png({3, 1, 16, 0, false, {0, 77, 1, 0, 0xff, 0xff}, {}, {}})), gray_row({77, 255, 255}));
  EXPECT_EQ(decode(encode_raw_png({2, 1, 16, 4, false, {9, 1, 0, 0, 8, 255, 255, 255}, {}, {}})), gray_row({9, 8}));
  EXPECT_EQ(decode(encode_raw_png({1, 1, 16, 2, false, {5, 200, 5, 1, 5, 99}, {}, {}})), gray_row({5}));
}

TEST(DecodePng, DropsAlphaAndTransparentColours) {
  EXPECT_EQ(decode(encode_raw_png({2, 1, 8, 6, false, {7, 7, 7, 0, 9, 9, 9, 128}, {}, {}})), gray_row({7, 9}));
  EXPECT_EQ(decode(encode_raw_png({2, 1, 8, 3, false, {1, 0}, {1, 1, 1, 2, 2, 2}, {0, 9}})), gray_row({2, 1}));
}

TEST(DecodePng, ReadsInterlacedPictures) {
  const Image image = noise(37, 21, 2);
  EXPECT_EQ(decode(encode_raw_png({37, 21, 8, 2, true, image.pixels, {}, {}})), image);
}

TEST(DecodePng, KeepsTheRowsOfATruncatedFileAndBlackensTheRest) {
  const Image image = noise(64, 64, 3);
  const std::string bytes = encode_png(image);
  const Image part = decode(bytes.substr(0, bytes.size() / 2));
  EXPECT_TRUE(std::equal(part.row(0), part.row(28), image.row(0)));
  EXPECT_EQ(std::vector<uint8_t>(part.row(36), part.row(63)), std::vector<uint8_t>(27 * part.row_bytes(), 0));
}

TEST(DecodeWebp, DropsAlpha) {
  EXPECT_EQ(decode(encode_webp(2, 1, {7, 7, 7, 255, 9, 9, 9, 128})), gray_row({7, 9}));
}

TEST(DecodeWebp, DrawsAnAnimationsFirstFrameOnItsCanvas) {
  const std::string still = encode_webp(2, 1, {7, 7, 7, 255, 9, 9, 9, 255});
  const std::string frame = little(1, 3) + little(0, 3) + little(1, 3) + little(0, 3) + little(9, 3) + little(0, 1) +
                            still.substr(12);  // at (2, 0), 2 x 1
  const std::string body = "WEBPVP8X" + little(10, 4) + little(2, 4) + little(4, 3) + little(0, 3) + "ANIM" +
                           little(6, 4) + little(0, 6) + "ANMF" + little(frame.size(), 4) + frame;
  EXPECT_EQ(decode("RIFF" + little(body.size(), 4) + body), gray_row({0, 0, 7, 9, 0}));
}

TEST(DecodeGif, DrawsTheFirstFrameOverTheTransparentColourOrTheFirst) {
  const std::vector<uint8_t> palette{10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40};
  EXPECT_EQ(decode(encode_raw_gif({4, 1, 1, 0, 2, 1, false, 3, {1, 2}, palette})), gray_row({40, 20, 30, 40}));
  EXPECT_EQ(decode(encode_raw_gif({4, 1, 1, 0, 2, 1, false, -1, {1, 2}, palette})), gray_row({10, 20, 30, 10}));
}

TEST(DecodeGif, ReadsInterlacedFrames) {
  RawGif gif{5, 19, 0, 0, 5, 19, false, -1, {}, {}};
  for (int i = 0; i < 5 * 19; ++i) gif.indices.push_back(static_cast<uint8_t>(i));
  for (int i = 0; i < 3 * 128; ++i) gif.palette.push_back(static_cast<uint8_t>(i * 7));
  const Image image = decode(encode_raw_gif(gif));
  EXPECT_EQ(image.row(18)[3], static_cast<uint8_t>(3 * (18 * 5 + 1) * 7));
  gif.interlaced = true;
  EXPECT_EQ(decode(encode_raw_gif(gif)), image);
}

TEST(DecodeGif, TakesIndicesForGrayWhereThereIsNoPalette) {
  RawGif gif{3, 1, 0, 0, 3, 1, false, -1, {5, 130, 255}, std::vector<uint8_t>(768, 1)};
  std::string bytes = encode_raw_gif(gif);
  bytes[10] = static_cast<char>(bytes[10] & 0x7f);
  EXPECT_EQ(decode(bytes.erase(13, 768)), gray_row({5, 130, 255}));
}

/// A BMP with a 40-byte header, then `extra` (bit fields, palette), then `pixels`.
std::string bmp(int width, int height, int bits, int compression, const std::string& extra, const std::string& pixels) {
  const size_t at = 54 + extra.size();
  return "BM" + little(at + pixels.size(), 4) + little(0, 4) + little(at, 4) + little(40, 4) + little(width, 4) +
         little(static_cast<uint32_t>(height), 4) + little(1, 2) + little(bits, 2) + little(compression, 4) +
         little(pixels.size(), 4) + little(0, 16) + extra + pixels;
}
std::string bytes_of(std::initializer_list<int> values) {
  return {values.begin(), values.end()};
}

// Entries of gray 0, 10, 20, ...
std::string gray_palette(int entries) {
  std::string palette;
  for (int i = 0; i < entries; ++i) palette += bytes_of({10 * i, 10 * i, 10 * i, 0});
  return palette;
}

TEST(DecodeBmp, ReadsEveryDepth) {
  EXPECT_EQ(decode(bmp(3, 1, 1, 0, gray_palette(2), bytes_of({0b10100000, 0, 0, 0}))), gray_row({10, 0, 10}));
  EXPECT_EQ(decode(bmp(3, 1, 4, 0, gray_palette(16), bytes_of({0x1f, 0x20, 0, 0}))), gray_row({10, 150, 20}));
  EXPECT_EQ(decode(bmp(2, 1, 8, 0, gray_palette(256), bytes_of({3, 5, 0, 0}))), gray_row({30, 50}));
  EXPECT_EQ(decode(bmp(2, 1, 16, 0, "", little(0x7fff, 2) + little(0, 2))), gray_row({255, 0}));
  EXPECT_EQ(decode(bmp(1, 1, 24, 0, "", bytes_of({1, 2, 3, 0}))).pixels, (std::vector<uint8_t>{3, 2, 1}));
  EXPECT_EQ(decode(bmp(1, 1, 32, 0, "", bytes_of({1, 2, 3, 9}))).pixels, (std::vector<uint8_t>{3, 2, 1}));
  const std::string fields = little(0xf800, 4) + little(0x7e0, 4) + little(0x1f, 4);
  EXPECT_EQ(decode(bmp(2, 1, 16, 3, fields, little(0xffff, 2) + little(1 << 11, 2))).pixels,
            (std::vector<uint8_t>{255, 255, 255, 8, 0, 0}));
}

TEST(DecodeBmp, ReadsBothDirections) {
  const std::string rows = bytes_of({1, 1, 1, 0, 2, 2, 2, 0});
  EXPECT_EQ(decode(bmp(1, 2, 24, 0, "", rows)).pixels, (std::vector<uint8_t>{2, 2, 2, 1, 1, 1}));
  EXPECT_EQ(decode(bmp(1, -2, 24, 0, "", rows)).pixels, (std::vector<uint8_t>{1, 1, 1, 2, 2, 2}));
}

TEST(DecodeBmp, ReadsRunLengths) {
  // Three of 1, two as they are; the end. Four bits: five of 1, 2, 1, 2, 1.
  const std::string eight = bytes_of({3, 1, 0, 3, 4, 5, 6, 0, 0, 1});
  EXPECT_EQ(decode(bmp(6, 1, 8, 1, gray_palette(256), eight)), gray_row({10, 10, 10, 40, 50, 60}));
  EXPECT_EQ(decode(bmp(5, 1, 4, 2, gray_palette(16), bytes_of({5, 0x12, 0, 1}))), gray_row({10, 20, 10, 20, 10}));
  // A jump by (1, 1), which from the lowest row leads to the one above.
  const Image jump = decode(bmp(2, 2, 8, 1, gray_palette(256), bytes_of({0, 2, 1, 1, 1, 7, 0, 1})));
  EXPECT_EQ(jump.pixels, (std::vector<uint8_t>{0, 0, 0, 70, 70, 70, 0, 0, 0, 0, 0, 0}));
}

TEST(Decode, TurnsAsExifSaysOnlyWhereAsked) {
  // A picture of 2 x 1 levels 1 and 2, stored in each of the eight ways, is 1 above 2 or beside it.
  const Image stored = gray_row({1, 2});
  const std::string png = encode_png(stored);
  const std::vector<std::vector<uint8_t>> upright{{1, 2}, {2, 1}, {2, 1}, {1, 2}, {1, 2}, {1, 2}, {2, 1}, {2, 1}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string bytes = with_orientation(png, orientation, orientation % 2 == 0);
    EXPECT_EQ(decode(bytes), stored);
    const Image turned = decode(bytes, {.honour_exif = true});
    EXPECT_EQ(turned.width, orientation < 5 ? 2 : 1) << orientation;
    EXPECT_EQ(turned.pixels, gray_row(upright[orientation - 1]).pixels) << orientation;
    EXPECT_EQ(image_size(bytes, "picture", {.honour_exif = true}), (ImageSize{turned.width, turned.height}));
  }
}

TEST(Decode, TurnsRowsAsWellAsColumns) {
  Image stored = Image::filled(2, 3);  // 1 2 / 3 4 / 5 6
  for (size_t i = 0; i < stored.pixels.size(); ++i) stored.pixels[i] = static_cast<uint8_t>(1 + i / 3);
  const std::vector<std::vector<int>> upright{{1, 2, 3, 4, 5, 6}, {2, 1, 4, 3, 6, 5}, {6, 5, 4, 3, 2, 1},
                                              {5, 6, 3, 4, 1, 2}, {1, 3, 5, 2, 4, 6}, {5, 3, 1, 6, 4, 2},
                                              {6, 4, 2, 5, 3, 1}, {2, 4, 6, 1, 3, 5}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image turned = decode(with_orientation(encode_png(stored), orientation), {.honour_exif = true});
    std::vector<int> levels;
    for (size_t i = 0; i < turned.pixels.size(); i += 3) levels.push_back(turned.pixels[i]);
    EXPECT_EQ(levels, upright[orientation - 1]) << orientation;
  }
}

TEST(Decode, FindsExifInJpegPngAndWebp) {
  const std::string webp = encode_webp(2, 1, {7, 7, 7, 255, 9, 9, 9, 255});
  for (const std::string& file : {encode_jpeg(noise(20, 10, 1)), encode_png(noise(20, 10, 1)), webp}) {
    const Image upright = decode(with_orientation(file, 6, true), {.honour_exif = true});
    EXPECT_GT(upright.height, upright.width);
  }
  const Image golden = read_image(kFolder + "jpeg_exif_rotated.jpg");
  const Image upright = read_image(kFolder + "jpeg_exif_rotated.jpg", {.honour_exif = true});
  EXPECT_EQ(upright.width, golden.height);
}

TEST(Decode, ReducesATurnedPictureByItsUprightSides) {
  const std::string bytes = with_orientation(encode_jpeg(photo_like(160, 80, 1)), 6);
  EXPECT_EQ(decode_part(bytes, "picture", {.least = {40, 40}}, {.honour_exif = true}).scale, 0.5);
  EXPECT_EQ(decode_part(bytes, "picture", {.least = {40, 80}}, {.honour_exif = true}).image.height, 80);
}

TEST(Decode, RefusesWhatIsNoPicture) {
  EXPECT_NE(refusal("").find("picture: empty"), std::string::npos);
  EXPECT_NE(refusal("GIF is a text file").find("no picture of a known format"), std::string::npos);
  EXPECT_NE(refusal("\xff\xd8\xff").find("damaged JPEG"), std::string::npos);
  EXPECT_NE(refusal("\x89PNG\r\n\x1a\n").find("damaged PNG"), std::string::npos);
  EXPECT_NE(refusal("RIFF....WEBP").find("damaged WebP"), std::string::npos);
  EXPECT_NE(refusal("GIF89a").find("damaged GIF"), std::string::npos);
  EXPECT_NE(refusal("BM").find("damaged BMP"), std::string::npos);
  EXPECT_NE(refusal(bmp(1, 1, 7, 0, "", "....")).find("7 bits"), std::string::npos);
  EXPECT_THROW(read_image("/no/such/picture.jpg"), Error);
}

// 100,000 x 100,000 pixels would take 30 GB: each of these must be refused by its header.
TEST(Decode, RefusesGiantsByTheirHeader) {
  std::string png = encode_png(noise(1, 1, 1));
  png.replace(16, 8, big(100'000, 4) + big(100'000, 4));
  std::string jpeg = encode_jpeg(noise(8, 8, 1));
  jpeg.replace(jpeg.find("\xff\xc0") + 5, 4, big(65'000, 2) + big(65'000, 2));
  std::string gif = encode_raw_gif({1, 1, 0, 0, 1, 1, false, -1, {0}, {0, 0, 0, 1, 1, 1}});
  gif.replace(6, 4, little(65'000, 2) + little(65'000, 2));
  for (const std::string& bytes : {png, jpeg, gif, bmp(100'000, 100'000, 24, 0, "", "...."),
                                   bmp(100'000, 100'000, 8, 1, gray_palette(256), "....")}) {
    EXPECT_NE(refusal(bytes).find("over the limit"), std::string::npos) << refusal(bytes);
    EXPECT_THROW(image_size(bytes, "picture"), Error);
  }
  EXPECT_NE(refusal(bmp(2'000'000, 1, 24, 0, "", "....")).find("a side"), std::string::npos);
  EXPECT_NE(refusal(bmp(0, 5, 24, 0, "", "....")).find("at least 1 x 1"), std::string::npos);
}

TEST(Decode, ObeysTheCallersLimit) {
  const std::string bytes = encode_png(noise(10, 10, 1));
  EXPECT_EQ(decode(bytes, {.max_pixels = 100}).width, 10);
  EXPECT_NE(refusal(bytes, {.max_pixels = 99}).find("10 x 10 pixels, over the limit of 99"), std::string::npos);
}

}  // namespace
}  // namespace albef
