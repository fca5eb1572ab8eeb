#include "albef/image/formats.h"

#include <gtest/gtest.h>

#include <set>

#include "albef/base/error.h"
#include "albef/base/files.h"

using namespace albef;

TEST(PictureFormats, EndInWhatTheTableNames) {
  for (const char* name : {"a.jpg", "b/c.JPEG", "d.Png", "e.webp", "f.x.gif", "g.BMP"})
    EXPECT_TRUE(is_picture_name(name)) << name;
  for (const char* name : {"", "jpg", ".jpg", "a.jpg.txt", "a.tif", "a.", "a.jp", "folder.png/a"})
    EXPECT_FALSE(is_picture_name(name)) << name;
  EXPECT_EQ(picture_endings(), ".jpg, .jpeg, .png, .webp, .gif, .bmp");
}

TEST(PictureFormats, HaveEndingsOfTheirOwnInLowerCase) {
  std::set<std::string_view> seen;
  for (const auto* format : codecs::formats()) {
    EXPECT_FALSE(format->endings.empty()) << format->name;
    for (const std::string_view ending : format->endings) {
      EXPECT_TRUE(seen.insert(ending).second) << ending;
      EXPECT_TRUE(is_picture_name("a" + std::string(ending))) << ending;
    }
  }
}

TEST(PictureFormats, AreToldByTheBytes) {
  for (const auto& [file, want] :
       {std::pair("jpeg_444.jpg", "JPEG"), {"png_rgb.png", "PNG"}, {"bmp.bmp", "BMP"}, {"webp_lossy.webp", "WebP"}}) {
    const std::string name = file, bytes = read_file(ALBEF_TEST_DATA "/goldens/input/" + name);
    EXPECT_EQ(codecs::format_of({bytes, name}).name, want);
    for (const auto* format : codecs::formats()) EXPECT_EQ(format->recognises(bytes), format->name == want) << file;
  }
}

TEST(PictureFormats, AreNamedWhereTheBytesAreOfNone) {
  const std::string name = "x";
  try {
    codecs::format_of({"plain text", name});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "x: no picture of a known format; expected JPEG, PNG, WebP, GIF or BMP");
  }
}
