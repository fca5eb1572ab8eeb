#include "albef/data/eval_images.h"

#include <algorithm>

#include "albef/base/progress.h"

namespace albef {
namespace {

uint64_t batches(size_t images, int64_t batch_size) {
  if (batch_size < 1) fail("batch_size_test is ", batch_size, ", expected 1 or more");
  return (images + static_cast<uint64_t>(batch_size) - 1) / static_cast<uint64_t>(batch_size);
}

}  // namespace

void check_images(const std::string& list, const std::vector<std::string>& paths, Pictures& pictures, int threads) {
  constexpr size_t kNamed = 3;
  const auto fault = [&](uint64_t number, const std::stop_token&) -> std::string {
    try {
      pictures.check(paths[number]);
      return "";
    } catch (const UnusableSample& error) {
      return error.what();
    }
  };
  OrderedPrefetcher<std::string> ahead(fault, 0, paths.size(), threads, 8 * threads);
  Progress bar("checking " + list, static_cast<int64_t>(paths.size()), "images");
  size_t bad = 0;
  std::string named;
  while (const auto why = ahead.next()) {
    bar.add(1);
    if (!why->empty() && ++bad <= kNamed) named += (bad > 1 ? "; " : "") + *why;
  }
  if (bad == 0) return;
  fail(list, ": ", bad, " of ", paths.size(), " pictures cannot be used: ", named, bad > kNamed ? "; ..." : "",
       ". Mend them, or leave them out of the list");
}

EvalImages::EvalImages(const std::vector<std::string>& paths, Pictures& pictures, const EvalImageOptions& options)
    : paths_(paths),
      pictures_(pictures),
      options_(options),
      ahead_([this](uint64_t number, const std::stop_token& stop) { return make(number, stop); }, 0,
             batches(paths.size(), options.batch_size), options.threads, options.prefetch) {}

ImageBatch EvalImages::make(uint64_t number, const std::stop_token& stop) const {
  const uint64_t first = number * static_cast<uint64_t>(options_.batch_size);
  const uint64_t end = std::min<uint64_t>(first + static_cast<uint64_t>(options_.batch_size), paths_.size());
  ImageBatch batch{.first = static_cast<int64_t>(first),
                   .size = static_cast<int64_t>(end - first),
                   .resolution = options_.resolution};
  for (uint64_t i = first; i < end && !stop.stop_requested(); ++i) {
    const Image image = pictures_.whole(paths_[i], options_.resolution, options_.interpolation);
    batch.pixels.insert(batch.pixels.end(), image.pixels.begin(), image.pixels.end());
  }
  return batch;
}

}  // namespace albef
