// Speed of the input side: pictures through the loader, captions through the tokenizer.
#include <unistd.h>

#include <array>
#include <cmath>
#include <optional>

#include "albef/base/files.h"
#include "albef/image/jpeg_writer.h"
#include "albef/tasks/bench/bench.h"
#include "albef/tasks/bench/measure.h"
#include "albef/tasks/common/data_options.h"
#include "albef/text/vocab_train.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr double kGrain = 14;  // levels, to each side

// A folder of its own that goes when it is no longer needed.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / ("albef-bench-" + std::to_string(::getpid()))) {
    make_writable_folder(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    remove_tree(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// A photograph as far as JPEG is concerned: things with edges, smooth shades and grain; about 80 kB at 640x480.
Image synthetic_photo(int width, int height, Rng& rng) {
  Image image = Image::filled(width, height);
  std::array<double, 6> frequency{}, phase{};
  for (size_t i = 0; i < frequency.size(); ++i) {
    frequency[i] = rng.uniform(0.005, 0.08);
    phase[i] = rng.uniform(0, 6.28);
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto wave = [&](size_t i) {
        return std::sin(frequency[i] * x + phase[i]) * std::sin(frequency[i + 1] * y);
      };
      const double light = 125 + 60 * wave(0) + (wave(2) > 0.2 ? 40 : 0) + rng.uniform(-kGrain, kGrain);
      const double tints[3] = {25 * wave(4), 0, -25 * wave(4)};
      for (int c = 0; c < 3; ++c) {
        image.row(y)[3 * x + c] = static_cast<uint8_t>(std::clamp(light + tints[c], 0.0, 255.0));
      }
    }
  }
  return image;
}

// Captions of made-up words whose frequencies fall as in natural language.
std::vector<std::string> synthetic_captions(int64_t count) {
  std::vector<std::string> words, captions;
  Rng rng(Purpose::kSynthetic, {3});
  for (int i = 0; i < 5000; ++i) {
    std::string word;
    for (uint64_t letters = 2 + rng.below(8); letters > 0; --letters) word += static_cast<char>('a' + rng.below(26));
    words.push_back(word);
  }
  for (int64_t i = 0; i < count; ++i) {
    std::string caption;
    for (uint64_t n = 8 + rng.below(8); n > 0; --n)
      caption += words[static_cast<size_t>(std::pow(5000.0, rng.uniform()) - 1)] + " ";
    captions.push_back(caption + ".");
  }
  return captions;
}

// Pictures with two captions each, as a source for read_annotations().
fs::path write_synthetic_pairs(const fs::path& folder, const LoaderBenchOptions& options) {
  constexpr size_t kPictures = 256;
  const auto captions = synthetic_captions(2 * kPictures);
  Rng rng(Purpose::kSynthetic, {4});
  for (size_t i = 0; i < kPictures; ++i) {
    const Image photo =
        synthetic_photo(static_cast<int>(options.size.at(0)), static_cast<int>(options.size.at(1)), rng);
    const auto name = std::to_string(i);
    write_atomically(folder / (name + ".jpg"), encode_jpeg(photo, 90));
    write_atomically(folder / (name + ".txt"), captions[i] + "\n" + captions[i + kPictures] + "\n");
  }
  return folder;
}

}  // namespace

OrderedJson bench_loader(CommonSettings s, const LoaderBenchOptions& options, int64_t batches) {
  std::optional<TemporaryFolder> folder;
  std::string source = options.source;
  if (source.empty()) source = write_synthetic_pairs(folder.emplace().path(), options).string();
  BadSamples bad;
  auto list = read_annotations({source}, {.image_root = s.data.image_root}, bad);
  std::vector<std::string> captions;
  for (uint64_t i = 0; i < std::min<uint64_t>(list.records(), 10'000); ++i) captions.emplace_back(list.caption(i, 0));
  const Tokenizer tokenizer(train_vocabulary(captions, {.size = 2000}));
  const auto store = list.pictures();
  Pictures pictures(picture_options(s.data), store);
  s.data.batch_size = std::min(s.data.batch_size, static_cast<int64_t>(list.records()));
  PairOptions pair = pair_options(s, true);
  pair.augment.reduced_decode = options.reduced_decode;
  const PairSource pairs(std::move(list), tokenizer, pictures, pair);
  LoaderOptions loading = loader_options(s, true);
  store->hold(Mixture(pairs.parts()).arrange(loading.order));
  PairLoader loader(pairs, bad, loading, {}, ~uint64_t{0} >> 1);
  const auto times = time_calls([&] { loader.next(); }, 6, std::max<int64_t>(batches, 10), torch::kCPU);
  double total = 0;
  for (const double ms : times) total += ms;
  return {
      {"bench", "loader"},
      {"images_per_s", 1000 * static_cast<double>(s.data.batch_size) * static_cast<double>(times.size()) / total},
      {"ms_p50", percentile(times, 0.5)},
      {"ms_p90", percentile(times, 0.9)},
      {"image", options.source.empty() ? str(options.size.at(0), "x", options.size.at(1), " JPEG") : options.source},
      {"decode", options.reduced_decode ? "reduced" : "full"},
      {"resolution", s.model.image_res},
      {"batch", s.data.batch_size},
      {"precision", "uint8"},
      {"threads", s.data.loader_threads},
      {"device", "cpu"},
      {"peak_memory_bytes", peak_memory(torch::kCPU)}};
}

OrderedJson bench_tokenize(int64_t repeats) {
  const auto captions = synthetic_captions(20000);
  const Tokenizer tokenizer(train_vocabulary(captions, {.size = 4000}));
  const CaptionEncoder encoder{tokenizer};
  size_t ids = 0;
  const auto times = time_calls(
      [&] {
        for (const auto& caption : captions) ids += encoder.encode(caption).size();
      },
      1, repeats, torch::kCPU);
  return {{"bench", "tokenize"},
          {"captions_per_s", 1000 * static_cast<double>(captions.size()) / percentile(times, 0.5)},
          {"ms_p50", percentile(times, 0.5)},
          {"ms_p90", percentile(times, 0.9)},
          {"ids_per_caption",
           static_cast<double>(ids) / static_cast<double>(captions.size()) / static_cast<double>(repeats + 1)},
          {"precision", "int64"},
          {"threads", 1},
          {"device", "cpu"},
          {"peak_memory_bytes", peak_memory(torch::kCPU)}};
}

}  // namespace albef
