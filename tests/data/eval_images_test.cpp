#include "albef/data/eval_images.h"

#include <gtest/gtest.h>

#include <cstring>

#include "photos.h"

using namespace albef;

TEST(EvalImages, AreSquashedAndInOrderWhateverTheThreads) {
  const Photos photos(11);
  std::vector<std::string> paths;
  for (int i = 0; i < 11; ++i) paths.push_back(photos.folder / Photos::name(i));
  for (const int threads : {1, 3}) {
    Pictures pictures;
    EvalImages images(paths, pictures, {.resolution = 12, .batch_size = 4, .threads = threads});
    int64_t count = 0;
    while (const auto batch = images.next()) {
      EXPECT_EQ(batch->first, count);
      EXPECT_EQ(batch->resolution, 12);
      ASSERT_EQ(batch->pixels.size(), static_cast<size_t>(batch->size) * 12 * 12 * 3);
      for (int64_t b = 0; b < batch->size; ++b, ++count) {
        const Image want = resize(read_image(paths[static_cast<size_t>(count)]), 12, 12);
        EXPECT_EQ(std::memcmp(batch->pixels.data() + b * 12 * 12 * 3, want.pixels.data(), want.pixels.size()), 0);
      }
    }
    EXPECT_EQ(count, 11);
  }
}

TEST(EvalImages, AreCheckedAllBeforeTheWork) {
  const Photos photos(11);
  std::vector<std::string> paths;
  for (int i = 0; i < 11; ++i) paths.push_back(photos.folder / Photos::name(i));
  Pictures pictures;
  check_images("val_file", paths, pictures, 2);
  for (const int i : {2, 5, 7, 9}) photos.folder.write(Photos::name(i), "");
  std::filesystem::remove(paths[2]);
  const auto error = complaint<Error>([&] { check_images("val_file", paths, pictures, 2); });
  EXPECT_EQ(error.find("val_file: 4 of 11 pictures cannot be used: " + paths[2] + ": no such file; " + paths[5]), 0u)
      << error;
  EXPECT_EQ(error.find(paths[9]), std::string::npos);
}

TEST(EvalImages, NameABrokenPicture) {
  const Photos photos(11);
  photos.folder.write(Photos::name(6), "");
  std::vector<std::string> paths;
  for (int i = 0; i < 11; ++i) paths.push_back(photos.folder / Photos::name(i));
  Pictures pictures;
  EvalImages images(paths, pictures, {.resolution = 12, .batch_size = 4});
  EXPECT_TRUE(images.next());
  EXPECT_NE(complaint<Error>([&] { images.next(); }).find("p6.png: empty"), std::string::npos);
}
