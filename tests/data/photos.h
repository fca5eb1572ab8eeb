// A folder of small pictures with a list of them, for tests.
#pragma once
#include <string>

#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/data/annotations.h"
#include "albef/image/png_writer.h"
#include "temporary_folder.h"

namespace albef {

/// `count` pictures, each of its own colour, and their list: picture i has i % 3 + 1 captions.
class Photos {
 public:
  explicit Photos(int count) {
    OrderedJson list = OrderedJson::array();
    for (int i = 0; i < count; ++i) {
      Image image = Image::filled(40 + i % 7, 30, static_cast<uint8_t>(i));
      for (size_t p = 0; p < image.pixels.size(); ++p) image.pixels[p] = static_cast<uint8_t>(i * 5 + p % 97);
      folder.write(name(i), encode_png(image));
      OrderedJson captions = OrderedJson::array();
      for (int c = 0; c <= i % 3; ++c)
        captions.push_back("a dog" + std::string(static_cast<size_t>(i % 5 + c), '!') + " runs on");
      list.push_back({{"image", name(i)}, {"caption", captions}});
    }
    file = folder.write("list.json", list.dump());
  }
  static std::string name(int i) { return str("p", i, ".png"); }
  Annotations pairs() const {
    BadSamples none;
    return read_annotations({file}, {.image_root = folder.path()}, none);
  }

  TemporaryFolder folder;
  std::string file;
};

}  // namespace albef
