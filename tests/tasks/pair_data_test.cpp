#include "albef/tasks/common/pair_data.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <set>
#include <sstream>

#include "../data/photos.h"
#include "albef/base/files.h"
#include "albef/data/annotations_builder.h"

namespace albef {
namespace {

const Tokenizer& test_tokenizer() {
  static const Tokenizer tokenizer(Vocabulary::load(ALBEF_TEST_DATA "/goldens/input/vocab_tiny.txt"));
  return tokenizer;
}

struct StreamOptions {
  PairOptions pairs = {.augment = {.resolution = 16}, .seed = 3};
  LoaderOptions loader = {.order = {.batch_size = 4, .seed = 3}, .threads = 2, .prefetch = 3};
};

using PairLoaded = Loaded<PairBatch>;

std::vector<PairLoaded> all_of(const Annotations& list, const StreamOptions& options = {}, Position begin = {},
                               uint64_t epochs = 2, BadSamples* bad = nullptr, Pictures* pictures = nullptr) {
  BadSamples own_bad;
  Pictures own_pictures;
  const PairSource source(list, test_tokenizer(), pictures ? *pictures : own_pictures, options.pairs);
  PairLoader loader(source, bad ? *bad : own_bad, options.loader, begin, epochs);
  std::vector<PairLoaded> batches;
  while (auto loaded = loader.next()) batches.push_back(std::move(*loaded));
  return batches;
}

void expect_same(const PairLoaded& a, const PairLoaded& b) {
  EXPECT_TRUE(torch::equal(a.batch.pixels, b.batch.pixels));
  EXPECT_EQ(a.batch.texts.ids, b.batch.texts.ids);
  EXPECT_EQ(a.batch.texts.lengths, b.batch.texts.lengths);
  EXPECT_EQ(a.batch.image_ids, b.batch.image_ids);
  EXPECT_EQ(a.batch.samples, b.batch.samples);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.next, b.next);
}

void expect_same(const std::vector<PairLoaded>& a, const std::vector<PairLoaded>& b, size_t from = 0) {
  ASSERT_EQ(a.size(), b.size() + from);
  for (size_t i = 0; i < b.size(); ++i) expect_same(a[i + from], b[i]);
}

/// Record i has i % 3 + 1 captions.
Annotations list_of(uint64_t records) {
  AnnotationsBuilder builder;
  builder.begin_source({.file = "list.json", .image_root = ""});
  for (uint64_t i = 0; i < records; ++i) {
    std::vector<std::string> captions;
    for (uint64_t c = 0; c <= i % 3; ++c) captions.push_back(str("caption ", c, " of ", i));
    builder.add(i + 1, str(i, ".jpg"), captions, static_cast<int64_t>(i));
  }
  return builder.finish();
}

TEST(PairSource, DrawsOneCaptionARecordAndAnEpoch) {
  Pictures pictures;
  const Annotations list = list_of(300);
  const PairSource source(list, test_tokenizer(), pictures, {.seed = 5});
  EXPECT_EQ(source.size(), 300u);
  std::set<uint64_t> drawn_of_2;
  int counts[3] = {0, 0, 0};
  for (uint64_t number = 0; number < 300; ++number) {
    const Pair pair = source.pair(number, 0);
    EXPECT_EQ(pair.record, number);
    EXPECT_EQ(pair, source.pair(number, 0));
    ASSERT_LT(pair.caption, list.caption_count(pair.record));
    if (pair.record % 3 == 2) {
      ++counts[pair.caption];
      EXPECT_EQ(pair.caption, Rng(Purpose::kCaption, {5, 0, number}).below(3));  // what a seed means is kept
    }
  }
  for (int count : counts) EXPECT_GT(count, 15);  // of 100, a third each
  for (uint64_t epoch = 0; epoch < 20; ++epoch) drawn_of_2.insert(source.pair(2, epoch).caption);
  EXPECT_EQ(drawn_of_2.size(), 3u);
}

TEST(PairSource, ExpandsEveryCaptionToAPair) {
  Pictures pictures;
  const Annotations list = list_of(30);
  const PairSource source(list, test_tokenizer(), pictures, {.captions = Captions::kExpand});
  EXPECT_EQ(source.size(), 60u);
  std::set<std::string> texts;
  for (uint64_t number = 0; number < 60; ++number) {
    const Pair pair = source.pair(number, 7);
    EXPECT_EQ(number, list.first_caption(pair.record) + pair.caption);
    EXPECT_EQ(source.place(number).record, pair.record + 1);
    texts.insert(std::string(list.caption(pair.record, pair.caption)));
  }
  EXPECT_EQ(texts.size(), 60u);
}

TEST(PairSource, CollatesNothingToAnEmptyBatch) {
  Pictures pictures;
  const PairSource source(list_of(3), test_tokenizer(), pictures, {.augment = {.resolution = 16}});
  const PairBatch batch = source.collate({});
  EXPECT_EQ(batch.pixels.sizes(), (std::vector<int64_t>{0, 16, 16, 3}));
  EXPECT_EQ(batch.texts.size, 0);
  EXPECT_EQ(batch.texts.length, 0);
  EXPECT_TRUE(batch.samples.empty() && batch.image_ids.empty() && batch.texts.ids.empty());
}

TEST(PairSource, RefusesOptionsOutOfRange) {
  const auto why = [](const PairOptions& options) {
    Pictures pictures;
    return complaint<Error>([&] { PairSource(list_of(3), test_tokenizer(), pictures, options); });
  };
  EXPECT_NE(why({.max_tokens = 1}).find("max_tokens is 1"), std::string::npos);
  EXPECT_NE(why({.max_words = 0}).find("max_words is 0"), std::string::npos);
  EXPECT_NE(why({.augment = {.resolution = 0}}).find("resolution"), std::string::npos);
}

TEST(PairSource, FillsBatchesOfTheStatedShapes) {
  const Photos photos(18);
  StreamOptions options;
  options.loader.order.drop_last = false;
  const auto batches = all_of(photos.pairs(), options, {}, 1);
  ASSERT_EQ(batches.size(), 5u);
  std::set<int64_t> samples;
  for (const auto& loaded : batches) {
    const auto& [pixels, texts, image_ids, numbers] = loaded.batch;
    EXPECT_EQ(loaded.size, &loaded == &batches.back() ? 2 : 4);
    EXPECT_EQ(pixels.sizes(), (std::vector<int64_t>{loaded.size, 16, 16, 3}));
    EXPECT_EQ(texts.size, loaded.size);
    EXPECT_EQ(texts.length, *std::max_element(texts.lengths.begin(), texts.lengths.end()));
    for (int64_t b = 0; b < loaded.size; ++b) {
      EXPECT_EQ(texts.ids[static_cast<size_t>(b * texts.length)], test_tokenizer().vocabulary().cls());
      for (int64_t t = texts.lengths[static_cast<size_t>(b)]; t < texts.length; ++t)
        EXPECT_EQ(texts.ids[static_cast<size_t>(b * texts.length + t)], test_tokenizer().vocabulary().pad());
    }
    samples.insert(numbers.begin(), numbers.end());
    EXPECT_EQ(image_ids, numbers);  // a record an image here
  }
  EXPECT_EQ(samples.size(), 18u);
}

TEST(PairSource, CutsTextsAtTheMostTokens) {
  const Photos photos(1);
  std::string text;
  for (int i = 0; i < 60; ++i) text += "dog ";
  photos.folder.write("list.json", Json::array({{{"image", Photos::name(0)}, {"caption", text}}}).dump());
  StreamOptions options;
  options.loader.order.batch_size = 1;
  const auto batches = all_of(photos.pairs(), options, {}, 1);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].batch.texts.length, 25);
  EXPECT_EQ(batches[0].batch.texts.lengths[0], 25);
}

TEST(PairSource, GivesTheSameStreamForAnyNumberOfThreadsAndFromTheMiddle) {
  const Photos photos(23);
  const Annotations list = photos.pairs();
  StreamOptions options;
  options.loader.threads = 1;
  options.loader.order.drop_last = false;
  const auto whole = all_of(list, options);
  ASSERT_EQ(whole.size(), 12u);
  for (const int threads : {2, 4}) {
    options.loader.threads = threads;
    expect_same(whole, all_of(list, options));
  }
  for (size_t i = 0; i + 1 < whole.size(); ++i) expect_same(whole, all_of(list, options, whole[i].next), i + 1);
}

TEST(PairSource, ChangesOrderCropsAndCaptionsWithTheEpoch) {
  const Photos photos(8);
  const Annotations list = photos.pairs();
  StreamOptions options;
  options.loader.order.batch_size = 8;
  const auto batches = all_of(list, options);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_NE(batches[0].batch.samples, batches[1].batch.samples);
  options.loader.order.shuffle = false;
  const auto ordered = all_of(list, options);
  EXPECT_EQ(ordered[0].batch.samples, ordered[1].batch.samples);
  EXPECT_FALSE(torch::equal(ordered[0].batch.pixels, ordered[1].batch.pixels));
  options.pairs.seed = 4;
  EXPECT_FALSE(torch::equal(all_of(list, options, {}, 1)[0].batch.pixels, ordered[0].batch.pixels));
}

TEST(Pictures, CacheChangesNothing) {
  const Photos photos(12);
  const Annotations list = photos.pairs();
  StreamOptions options;
  options.pairs.augment.reduced_decode = false;
  Pictures none, some({.cache_bytes = 10'000}), all({.cache_bytes = 1 << 20});
  const auto want = all_of(list, options, {}, 3, nullptr, &none);
  expect_same(want, all_of(list, options, {}, 3, nullptr, &some));
  expect_same(want, all_of(list, options, {}, 3, nullptr, &all));
  for (int i = 0; i < 12; ++i) std::filesystem::remove(photos.folder / Photos::name(i));
  expect_same(want, all_of(list, options, {}, 3, nullptr, &all));  // nothing is read again
}

/// Pictures 0 to 4 are broken, each in its own way.
void break_five(const Photos& photos) {
  std::filesystem::remove(photos.folder / Photos::name(0));
  photos.folder.write(Photos::name(1), "");
  photos.folder.write(Photos::name(2), "<html>404</html>");
  const std::string png = read_file(photos.folder / Photos::name(3));
  photos.folder.write(Photos::name(3), png.substr(0, 40));  // no pixel left
  std::string huge = png;                                   // 100,000 x 100,000 by its header
  for (const size_t at : {size_t{16}, size_t{20}}) huge.replace(at, 4, std::string("\x00\x01\x86\xa0", 4));
  photos.folder.write(Photos::name(4), huge);
}

TEST(PairSource, TellsByReasonWhyAPictureCannotBeUsed) {
  const Photos photos(60);
  break_five(photos);
  const Annotations list = photos.pairs();
  BadSamples bad(photos.folder / "bad_samples.jsonl");
  const auto batches = all_of(list, {}, {}, 2, &bad);
  ASSERT_EQ(batches.size(), 30u);
  for (const auto& loaded : batches) {
    EXPECT_EQ(loaded.size, 4);
    for (const int64_t sample : loaded.batch.samples) EXPECT_GE(sample, 5);
  }
  std::map<std::string, uint64_t> counts = bad.by_reason();
  EXPECT_EQ(counts.size(), 5u) << bad.summary();
  for (const char* reason : {"no such file", "empty file", "no picture", "damaged picture", "too many pixels"})
    EXPECT_GE(counts[reason], 2u) << reason;  // once an epoch, and where a substitute was broken too
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
}

// What cleaning leaves of these is empty, or no token comes of it: [CLS] alone would be trained.
TEST(PairSource, CannotUseCaptionsOfWhichNoTokenComes) {
  for (const std::string text : {"...", "\xc2\xa0.", "\xe2\x80\x8d!", "\xcc\x81*", "\xef\xb8\x8f: \xc2\xad", "\x01?"}) {
    const Photos photos(4);
    photos.folder.write(
        "list.json",
        Json::array({{{"image", "p0.png"}, {"caption", text}}, {{"image", "p1.png"}, {"caption", "a dog"}}}).dump());
    StreamOptions options;
    options.loader.order.batch_size = 2;
    BadSamples bad;
    const auto batches = all_of(photos.pairs(), options, {}, 1, &bad);
    ASSERT_EQ(batches.size(), 1u);
    EXPECT_EQ(batches[0].batch.samples, (std::vector<int64_t>{1, 1})) << printable(text);
    EXPECT_GE(bad.by_reason()["caption empty after cleaning"], 1u) << printable(text);
    options.pairs.train = false;
    EXPECT_EQ(all_of(photos.pairs(), options, {}, 1)[0].size, 2);  // an evaluation leaves nothing out
  }
}

TEST(PairSource, SquashesPicturesInEvaluationAndRefusesABrokenOne) {
  const Photos photos(8);
  const Annotations list = photos.pairs();
  StreamOptions options;
  options.pairs.train = options.loader.substitute = options.loader.order.shuffle = false;
  options.pairs.augment.resolution = 10;
  Pictures pictures({.shrink = 20});
  const auto batches = all_of(list, options, {}, 1, nullptr, &pictures);
  ASSERT_EQ(batches.size(), 2u);
  const Image want = resize(resize(read_image(photos.folder / Photos::name(0)), 20, 20), 10, 10);
  EXPECT_TRUE(torch::equal(batches[0].batch.pixels[0].flatten(), torch::tensor(want.pixels, torch::kUInt8)));
  std::filesystem::remove(photos.folder / Photos::name(5));
  const std::string error = complaint<Error>([&] { all_of(list, options); });
  EXPECT_NE(error.find("p5.png: no such file"), std::string::npos) << error;
}

}  // namespace
}  // namespace albef
