// The pictures of an evaluation, in order: each squashed to R x R, none left out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "albef/data/pictures.h"
#include "albef/data/prefetch.h"

namespace albef {

struct EvalImageOptions {
  int resolution = 384;  ///< R
  int64_t batch_size = 32;
  Interpolation interpolation = Interpolation::kBicubic;
  int threads = 2;
  int prefetch = 4;  ///< batches read ahead
};

struct ImageBatch {
  int64_t first = 0;                 ///< number of the batch's first picture
  int64_t size = 0, resolution = 0;  ///< B, R
  std::vector<uint8_t> pixels = {};  ///< [B, R, R, 3]
};

/// Error naming the first few of `paths` that cannot be read as pictures, and how many there are; `list` says whose
/// they are. Decodes all, in `threads`: before long work, so that it is not lost to its end.
void check_images(const std::string& list, const std::vector<std::string>& paths, Pictures& pictures, int threads);

/// For example:  EvalImages images(list.images, pictures, {.resolution = 96});
///               while (auto batch = images.next()) ...
class EvalImages {
 public:
  /// `paths` and `pictures` must outlive it.
  EvalImages(const std::vector<std::string>& paths, Pictures& pictures, const EvalImageOptions& options);

  /// Nothing behind the last batch, which may be short. Error naming a picture that cannot be read.
  std::optional<ImageBatch> next() { return ahead_.next(); }

 private:
  ImageBatch make(uint64_t number, const std::stop_token& stop) const;

  const std::vector<std::string>& paths_;
  Pictures& pictures_;
  EvalImageOptions options_;
  OrderedPrefetcher<ImageBatch> ahead_;
};

}  // namespace albef
