// From a picture's path to the pixels of a sample, with the broken ones told apart by reason.
#pragma once
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/image/augment.h"

namespace albef {

struct PictureOptions {
  DecodeOptions decode = {};
  int shrink = 0;  ///< above 0: every picture is squashed to shrink x shrink first; 0: as it is
  int64_t cache_bytes =
      0;  ///< memory for decoded (and shrunk) pictures, which then are decoded once a run, not an epoch
};

/// A picture that cannot be used. what() is the whole message.
class PictureError : public Error {
 public:
  PictureError(const std::string& message, std::string reason) : Error(message), reason_(std::move(reason)) {}
  /// "no such file", "unreadable file", "empty file", "no picture", "too many pixels" or "damaged picture"
  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

/// Thread-safe. What it returns depends on the file and the options alone, not on what the cache holds. All functions
/// throw PictureError.
class Pictures {
 public:
  explicit Pictures(const PictureOptions& options = {}) : options_(options) {}

  Image augmented(const std::string& path, const AugmentOptions& options, Rng& rng);  ///< for training
  Image whole(const std::string& path, int side, Interpolation interpolation);        ///< squashed, for evaluation
  void check(const std::string& path) { stored(path); }                               ///< only the PictureError

 private:
  std::shared_ptr<const Image> stored(const std::string& path);

  PictureOptions options_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Image>> cache_;  // filled once, up to its limit; nothing leaves
  int64_t cached_bytes_ = 0;
};

}  // namespace albef
