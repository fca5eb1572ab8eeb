#include "albef/data/loader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/data/annotations.h"
#include "albef/data/eval_images.h"
#include "albef/image/png_writer.h"
#include "temporary_folder.h"

using namespace albef;

namespace {

const Tokenizer& test_tokenizer() {
  static const Tokenizer tokenizer(Vocabulary::load(ALBEF_TEST_DATA "/goldens/input/vocab_tiny.txt"));
  return tokenizer;
}

/// A folder of `count` pictures, each of its own colour, and their list: picture i has i % 3 + 1 captions.
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
  PairList pairs() const {
    BadSamples none;
    return read_annotations({file}, {.image_root = folder.path()}, none);
  }

  TemporaryFolder folder;
  std::string file;
};

LoaderOptions small(int threads = 2) {
  return {.sampler = {.batch_size = 4, .seed = 3}, .augment = {.resolution = 16}, .threads = threads, .prefetch = 3};
}

std::vector<Batch> all_of(const PairList& list, const LoaderOptions& options, Position begin = {}, uint64_t epochs = 2,
                          BadSamples* bad = nullptr, Pictures* pictures = nullptr) {
  BadSamples own_bad;
  Pictures own_pictures;
  Loader loader(list, test_tokenizer(), pictures ? *pictures : own_pictures, bad ? *bad : own_bad, options, begin,
                epochs);
  std::vector<Batch> batches;
  while (auto batch = loader.next()) batches.push_back(std::move(*batch));
  return batches;
}

void expect_same(const Batch& a, const Batch& b) {
  EXPECT_EQ(a.pixels, b.pixels);
  EXPECT_EQ(a.ids, b.ids);
  EXPECT_EQ(a.lengths, b.lengths);
  EXPECT_EQ(a.image_ids, b.image_ids);
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.next, b.next);
}

void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b, size_t from = 0) {
  ASSERT_EQ(a.size(), b.size() + from);
  for (size_t i = 0; i < b.size(); ++i) expect_same(a[i + from], b[i]);
}

}  // namespace

TEST(Loader, FillsBatchesOfTheStatedShapes) {
  const Photos photos(18);
  const PairList list = photos.pairs();
  auto options = small();
  options.sampler.drop_last = false;
  const auto batches = all_of(list, options, {}, 1);
  ASSERT_EQ(batches.size(), 5u);
  std::set<int64_t> samples;
  for (const Batch& batch : batches) {
    EXPECT_EQ(batch.size, batch.epoch == 0 && &batch == &batches.back() ? 2 : 4);
    EXPECT_EQ(batch.pixels.size(), static_cast<size_t>(batch.size) * 16 * 16 * 3);
    EXPECT_EQ(batch.ids.size(), static_cast<size_t>(batch.size * batch.length));
    EXPECT_EQ(batch.length, *std::max_element(batch.lengths.begin(), batch.lengths.end()));
    EXPECT_GE(batch.wait_seconds, 0);
    for (int64_t b = 0; b < batch.size; ++b) {
      EXPECT_EQ(batch.ids[static_cast<size_t>(b * batch.length)], test_tokenizer().vocabulary().cls());
      for (int64_t t = batch.lengths[b]; t < batch.length; ++t) {
        EXPECT_EQ(batch.ids[static_cast<size_t>(b * batch.length + t)], test_tokenizer().vocabulary().pad());
      }
      samples.insert(batch.samples[b]);
    }
    EXPECT_EQ(batch.image_ids, batch.samples);  // a record an image here
  }
  EXPECT_EQ(samples.size(), 18u);
}

TEST(Loader, CutsTextsAtTheMostTokens) {
  const TemporaryFolder folder;
  folder.write("a.png", encode_png(Image::filled(20, 20, 9)));
  std::string text;
  for (int i = 0; i < 60; ++i) text += "dog ";
  folder.write("list.json", Json::array({{{"image", "a.png"}, {"caption", text}}}).dump());
  BadSamples bad;
  const PairList list = read_annotations({folder / "list.json"}, {.image_root = folder.path()}, bad);
  auto options = small();
  options.sampler.batch_size = 1;
  const auto batches = all_of(list, options, {}, 1);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].length, 25);
  EXPECT_EQ(batches[0].lengths[0], 25);
}

TEST(Loader, GivesTheSameStreamForAnyNumberOfThreads) {
  const Photos photos(23);
  const PairList list = photos.pairs();
  const auto one = all_of(list, small(1));
  ASSERT_EQ(one.size(), 10u);
  for (const int threads : {2, 4}) expect_same(one, all_of(list, small(threads)));
}

TEST(Loader, GoesOnExactlyFromTheMiddle) {
  const Photos photos(23);
  const PairList list = photos.pairs();
  auto options = small();
  options.sampler.drop_last = false;
  const auto whole = all_of(list, options);
  ASSERT_EQ(whole.size(), 12u);
  for (size_t i = 0; i + 1 < whole.size(); ++i) expect_same(whole, all_of(list, options, whole[i].next), i + 1);
  EXPECT_TRUE(all_of(list, options, whole.back().next).empty());
}

TEST(Loader, ChangesOrderCropsAndCaptionsWithTheEpoch) {
  const Photos photos(8);
  const PairList list = photos.pairs();
  auto options = small();
  options.sampler.batch_size = 8;
  const auto batches = all_of(list, options, {}, 2);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_NE(batches[0].samples, batches[1].samples);
  options.sampler.shuffle = false;
  const auto ordered = all_of(list, options, {}, 2);
  EXPECT_EQ(ordered[0].samples, ordered[1].samples);
  EXPECT_NE(ordered[0].pixels, ordered[1].pixels);
  options.sampler.seed = 4;
  EXPECT_NE(all_of(list, options, {}, 1)[0].pixels, ordered[0].pixels);
}

TEST(Loader, CacheChangesNothing) {
  const Photos photos(12);
  const PairList list = photos.pairs();
  auto options = small();
  options.augment.reduced_decode = false;
  Pictures none, some({.cache_bytes = 10'000}), all({.cache_bytes = 1 << 20});
  const auto want = all_of(list, options, {}, 3, nullptr, &none);
  expect_same(want, all_of(list, options, {}, 3, nullptr, &some));
  expect_same(want, all_of(list, options, {}, 3, nullptr, &all));
  for (int i = 0; i < 12; ++i) std::filesystem::remove(photos.folder / Photos::name(i));
  expect_same(want, all_of(list, options, {}, 3, nullptr, &all));  // nothing is read again
}

TEST(Loader, ShrinksBeforehand) {
  const Photos photos(4);
  const PairList list = photos.pairs();
  auto options = small();
  options.train = false;
  options.sampler.shuffle = false;
  options.augment.resolution = 10;
  Pictures pictures({.shrink = 20});
  const auto batches = all_of(list, options, {}, 1, nullptr, &pictures);
  const Image whole = read_image(photos.folder / Photos::name(0));
  const Image want = resize(resize(whole, 20, 20), 10, 10);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(std::memcmp(batches[0].pixels.data(), want.pixels.data(), want.pixels.size()), 0);
}

/// Pictures 0 to 4 are broken, each in its own way.
static void break_five(const Photos& photos) {
  std::filesystem::remove(photos.folder / Photos::name(0));
  photos.folder.write(Photos::name(1), "");
  photos.folder.write(Photos::name(2), "<html>404</html>");
  const std::string png = read_file(photos.folder / Photos::name(3));
  photos.folder.write(Photos::name(3), png.substr(0, 40));  // no pixel left
  std::string huge = png;                                   // 100,000 x 100,000 by its header
  for (const size_t at : {size_t{16}, size_t{20}}) huge.replace(at, 4, std::string("\x00\x01\x86\xa0", 4));
  photos.folder.write(Photos::name(4), huge);
}

TEST(Loader, ReplacesBrokenSamplesCountsAndListsThem) {
  const Photos photos(60);
  break_five(photos);
  const PairList list = photos.pairs();
  BadSamples bad(photos.folder / "bad_samples.jsonl");
  const auto batches = all_of(list, small(1), {}, 2, &bad);
  ASSERT_EQ(batches.size(), 30u);
  for (const Batch& batch : batches) {
    EXPECT_EQ(batch.size, 4);
    for (int64_t sample : batch.samples) EXPECT_GE(sample, 5);
  }
  std::map<std::string, uint64_t> counts = bad.by_reason();
  EXPECT_EQ(counts.size(), 5u) << bad.summary();
  for (const char* reason : {"no such file", "empty file", "no picture", "damaged picture", "too many pixels"}) {
    EXPECT_GE(counts[reason], 2u) << reason;  // once an epoch, and where a substitute was broken too
  }
  std::istringstream lines(read_file(photos.folder / "bad_samples.jsonl"));
  std::map<std::string, Json> entries;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json entry = Json::parse(line);
    entries[entry["reason"]] = entry;
  }
  EXPECT_EQ(count, 5);
  EXPECT_EQ(entries["too many pixels"]["image"], photos.folder / Photos::name(4));
  EXPECT_EQ(entries["too many pixels"]["file"], photos.file);
  EXPECT_EQ(entries["too many pixels"]["record"], 5);
  EXPECT_EQ(entries["too many pixels"]["epoch"], 0);
  expect_same(batches, all_of(list, small(4), {}, 2));
}

TEST(Loader, ReplacesCaptionsThatCleaningEmpties) {
  const Photos photos(4);
  photos.folder.write("list.json",
                      R"([{"image": "p0.png", "caption": "..."}, {"image": "p1.png", "caption": "a dog"}])");
  auto options = small();
  options.sampler.batch_size = 2;
  BadSamples bad;
  const auto batches = all_of(photos.pairs(), options, {}, 1, &bad);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].samples, (std::vector<int64_t>{1, 1}));
  EXPECT_GE(bad.by_reason()["caption empty after cleaning"], 1u);
}

// What is left of these after cleaning is not empty, but no token comes of it: [CLS] alone would be trained.
TEST(Loader, ReplacesCaptionsOfWhichNoTokenComes) {
  for (const std::string text : {"\xc2\xa0.", "\xe2\x80\x8d!", "\xcc\x81*", "\xef\xb8\x8f: \xc2\xad", "\x01?"}) {
    const Photos photos(4);
    photos.folder.write(
        "list.json",
        Json::array({{{"image", "p0.png"}, {"caption", text}}, {{"image", "p1.png"}, {"caption", "a dog"}}}).dump());
    auto options = small();
    options.sampler.batch_size = 2;
    BadSamples bad;
    const auto batches = all_of(photos.pairs(), options, {}, 1, &bad);
    ASSERT_EQ(batches.size(), 1u);
    EXPECT_EQ(batches[0].samples, (std::vector<int64_t>{1, 1})) << printable(text);
    EXPECT_GE(bad.by_reason()["caption empty after cleaning"], 1u) << printable(text);
  }
}

TEST(Loader, StopsWhenTooManySamplesAreBroken) {
  const Photos photos(60);
  break_five(photos);
  auto options = small();
  options.max_bad_share = 0.01;
  BadSamples bad(photos.folder / "bad_samples.jsonl");
  const std::string error = complaint<Error>([&] { all_of(photos.pairs(), options, {}, 9, &bad); });
  EXPECT_NE(error.find("samples could not be used"), std::string::npos) << error;
  EXPECT_NE(error.find("list.json: record "), std::string::npos) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

TEST(Loader, IsNotStoppedByChanceBelowTheLimit) {
  const Photos photos(50);
  for (const int i : {3, 17, 22, 40}) photos.folder.write(Photos::name(i), "");
  auto options = small();
  options.max_bad_share = 0.1;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    options.sampler.seed = seed;
    EXPECT_EQ(all_of(photos.pairs(), options, {}, 8).size(), 8 * 12u) << seed;
  }
}

TEST(Loader, GoesOnCountingWhereTheRunWasStopped) {
  const Photos photos(60);
  break_five(photos);
  const PairList list = photos.pairs();
  auto options = small();
  options.max_bad_share = 0.2;
  BadSamples bad;
  Pictures pictures;
  Loader first(list, test_tokenizer(), pictures, bad, options, {}, 1);
  while (first.next()) {
  }
  EXPECT_EQ(first.window().unusable, bad.total());
  EXPECT_EQ(first.window().tried, 60 + bad.total());
  options.window = {.tried = 1000, .unusable = 300};
  const std::string error = complaint<Error>([&] { all_of(list, options); });
  EXPECT_NE(error.find(" of 100"), std::string::npos) << error;
}

TEST(Loader, StopsWhenEverySampleIsBrokenWhateverTheShare) {
  const Photos photos(6);
  for (int i = 0; i < 6; ++i) std::filesystem::remove(photos.folder / Photos::name(i));
  auto options = small();
  options.max_bad_share = 1;
  BadSamples bad(photos.folder / "bad_samples.jsonl");
  const std::string error = complaint<Error>([&] { all_of(photos.pairs(), options, {}, 9, &bad); });
  EXPECT_NE(error.find("100 of 100 samples could not be used (100 no such file)"), std::string::npos) << error;
  EXPECT_NE(error.find("check image_root"), std::string::npos) << error;
}

TEST(Loader, RefusesABrokenPictureInEvaluation) {
  const Photos photos(8);
  std::filesystem::remove(photos.folder / Photos::name(5));
  auto options = small();
  options.train = false;
  const std::string error = complaint<Error>([&] { all_of(photos.pairs(), options); });
  EXPECT_NE(error.find("p5.png: no such file"), std::string::npos) << error;
}

TEST(Loader, RefusesOptionsOutOfRange) {
  const Photos photos(8);
  auto options = small();
  options.max_bad_share = 1.5;
  EXPECT_NE(complaint<Error>([&] { all_of(photos.pairs(), options); }).find("max_bad_share is 1.5"), std::string::npos);
  options = small();
  options.max_tokens = 0;
  EXPECT_NE(complaint<Error>([&] { all_of(photos.pairs(), options); }).find("max_tokens"), std::string::npos);
}

TEST(Loader, EndsAtOnceWhileItReadsAhead) {
  const Photos photos(40);
  const PairList list = photos.pairs();
  for (int taken = 0; taken < 6; ++taken) {
    BadSamples bad;
    Pictures pictures;
    Loader loader(list, test_tokenizer(), pictures, bad, small(4), {}, 1000);
    for (int i = 0; i < taken; ++i) ASSERT_TRUE(loader.next());
  }
}

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
