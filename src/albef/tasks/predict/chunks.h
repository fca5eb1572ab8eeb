// The items of a prediction, some at a time: their pictures are decoded ahead, and those that cannot be are told apart,
// so that the rest is answered.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "albef/data/pictures.h"
#include "albef/data/prefetch.h"
#include "albef/tasks/predict/items.h"

namespace albef {

struct PredictChunk {
  uint64_t first = 0, end = 0;                  ///< numbers of its items
  std::vector<uint64_t> usable = {};            ///< those whose pictures could all be read
  std::map<uint64_t, std::string> broken = {};  ///< the others, with the reason
  std::unique_ptr<Pictures> pictures = {};      ///< holds what was decoded
};

struct ChunkOptions {
  PictureOptions pictures = {};
  int side = 384;  ///< of the model's pictures; they are kept at this size unless `pictures` shrinks them
  int threads = 2;
  uint64_t most_pictures = 32;  ///< of a chunk
  uint64_t most_items = 1024;
};

/// Every picture is decoded once a chunk. Items without pictures are usable.
class PredictChunks {
 public:
  /// `items` must outlive it.
  PredictChunks(const std::vector<PredictItem>& items, const ChunkOptions& options);

  /// Nothing behind the last. A stop that was asked for is an Interrupted.
  std::optional<PredictChunk> next();

  bool single() const { return ends_.size() == 1; }

 private:
  std::vector<uint64_t> cut() const;
  PredictChunk make(uint64_t number, const std::stop_token& stop) const;

  const std::vector<PredictItem>& items_;
  ChunkOptions options_;
  std::vector<uint64_t> ends_;  // of the chunks
  OrderedPrefetcher<PredictChunk> ahead_;
};

}  // namespace albef
