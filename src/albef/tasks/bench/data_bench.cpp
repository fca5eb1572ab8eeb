// Speed of the input side: pictures through the loader, captions through the tokenizer.
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "albef/base/files.h"
#include "albef/image/jpeg_writer.h"
#include "albef/tasks/bench/bench.h"
#include "albef/tasks/bench/measure.h"
#include "albef/tasks/common/data_options.h"
#include "albef/text/vocab_train.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

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

// Something that compresses like a photograph: smooth shades with some grain.
Image synthetic_photo(int width, int height, Rng& rng) {
  Image image = Image::filled(width, height);
  const double fx = rng.uniform(0.01, 0.06), fy = rng.uniform(0.01, 0.06);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.row(y)[3 * x + c] =
            static_cast<uint8_t>(128 + 80 * std::sin(fx * x + c) * std::cos(fy * y) + rng.uniform(-12, 12));
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

}  // namespace

OrderedJson bench_loader(CommonSettings s, int64_t batches) {
  const TemporaryFolder folder;
  const auto captions = synthetic_captions(512);
  Rng rng(Purpose::kSynthetic, {4});
  for (size_t i = 0; i < 256; ++i) {
    const auto name = std::to_string(i);
    write_atomically(folder.path() / (name + ".jpg"), encode_jpeg(synthetic_photo(385, 256, rng)));
    write_atomically(folder.path() / (name + ".txt"), captions[i] + "\n" + captions[i + 256] + "\n");
  }
  BadSamples bad;
  auto list = read_annotations({folder.path().string()}, {}, bad);
  const Tokenizer tokenizer(train_vocabulary(captions, {.size = 2000}));
  Pictures pictures(picture_options(s.data), list.pictures());
  s.data.batch_size = std::min<int64_t>(s.data.batch_size, 256);
  const PairSource pairs(std::move(list), tokenizer, pictures, pair_options(s, true));
  PairLoader loader(pairs, bad, loader_options(s, true), {}, ~uint64_t{0} >> 1);
  const auto times = time_calls([&] { loader.next(); }, 6, std::max<int64_t>(batches, 10), torch::kCPU);
  double total = 0;
  for (const double ms : times) total += ms;
  return {{"bench", "loader"},
          {"images_per_s", 1000 * static_cast<double>(s.data.batch_size) * static_cast<double>(times.size()) / total},
          {"ms_p50", percentile(times, 0.5)},
          {"ms_p90", percentile(times, 0.9)},
          {"image", "385x256 JPEG"},
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
