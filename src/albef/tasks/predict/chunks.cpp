#include "albef/tasks/predict/chunks.h"

#include <set>

#include "albef/base/signals.h"

namespace albef {

PredictChunks::PredictChunks(const std::vector<PredictItem>& items, const ChunkOptions& options)
    : items_(items),
      options_(options),
      ends_(cut()),
      ahead_([this](uint64_t number, const std::stop_token& stop) { return make(number, stop); }, 0, ends_.size(),
             options.threads, /*depth=*/2 * options.threads) {}

std::optional<PredictChunk> PredictChunks::next() {
  if (stop_requested()) throw Interrupted("stopped before all was answered; no file was written");
  return ahead_.next();
}

// A picture that items in a row ask about stays in one chunk as far as the limits allow.
std::vector<uint64_t> PredictChunks::cut() const {
  std::vector<uint64_t> ends;
  std::set<std::string> pictures;
  uint64_t first = 0;
  for (uint64_t n = 0; n < items_.size(); ++n) {
    std::set<std::string> with_this = pictures;
    with_this.insert(items_[n].images.begin(), items_[n].images.end());
    const bool full = with_this.size() > options_.most_pictures || n - first >= options_.most_items;
    if (full && n > first) {
      ends.push_back(n);
      first = n;
      with_this = {items_[n].images.begin(), items_[n].images.end()};
    }
    pictures = std::move(with_this);
  }
  if (first < items_.size()) ends.push_back(items_.size());
  return ends;
}

PredictChunk PredictChunks::make(uint64_t number, const std::stop_token& stop) const {
  constexpr int64_t kAll = int64_t{1} << 50;  // a chunk's pictures are few, and all are wanted again
  PictureOptions kept = options_.pictures;
  kept.cache_bytes = kAll;
  if (kept.shrink == 0) kept.shrink = options_.side;
  PredictChunk chunk{.first = number == 0 ? 0 : ends_[number - 1], .end = ends_[number]};
  chunk.pictures = std::make_unique<Pictures>(kept);
  std::map<std::string, std::string> reasons;
  for (uint64_t n = chunk.first; n < chunk.end; ++n) {
    std::string reason;
    for (const auto& image : items_[n].images) {
      if (stop.stop_requested()) return chunk;
      const auto [entry, is_new] = reasons.emplace(image, "");
      if (is_new) {
        try {
          chunk.pictures->check(image);
        } catch (const UnusableSample& error) {
          entry->second = error.what();
        }
      }
      if (reason.empty()) reason = entry->second;
    }
    if (reason.empty()) {
      chunk.usable.push_back(n);
    } else {
      chunk.broken.emplace(n, reason);
    }
  }
  return chunk;
}

}  // namespace albef
