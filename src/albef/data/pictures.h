// From a picture's name to the pixels of a sample, with the broken ones told apart by reason.
#pragma once
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "albef/base/rng.h"
#include "albef/data/byte_source.h"
#include "albef/image/augment.h"

namespace albef {

struct PictureOptions {
  DecodeOptions decode = {};
  int shrink = 0;           ///< above 0: every picture is squashed to shrink x shrink first; 0: as it is
  bool blank = false;       ///< whole() gives a gray picture, whatever is asked for: what is known without pictures
  int64_t cache_bytes = 0;  ///< memory for decoded (and shrunk) pictures, which then are decoded once, not each epoch
};

/// Thread-safe. What it returns depends on the bytes and the options alone, not on what the cache holds. A name may be
/// that of a part of a picture (picture_region.h), which then is all that is seen of it. All functions throw
/// UnusableSample with a reason of the source's, or "empty file", "no picture", "too many pixels", "damaged picture" or
/// "region outside the picture".
class Pictures {
 public:
  explicit Pictures(const PictureOptions& options = {},
                    std::shared_ptr<const ByteSource> bytes = std::make_shared<const FileBytes>())
      : options_(options), bytes_(std::move(bytes)) {}

  Image augmented(const std::string& name, const AugmentOptions& options, Rng& rng);  ///< for training
  Image original(const std::string& name) const;                                      ///< neither shrunk nor cached
  Image whole(const std::string& name, int side, Interpolation interpolation);        ///< squashed, for evaluation
  ImageSize size(const std::string& name) const;         ///< of the original, by its header alone
  void check(const std::string& name) { stored(name); }  ///< only the UnusableSample

 private:
  template <class Decode>
  auto decoded(const std::string& name, const Decode& decode) const -> decltype(decode(name));
  std::shared_ptr<const Image> stored(const std::string& name);

  PictureOptions options_;
  std::shared_ptr<const ByteSource> bytes_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Image>> cache_;  // filled once, up to its limit; nothing leaves
  int64_t cached_bytes_ = 0;
};

/// Why bytes that could not be decoded are unusable: the reason of an UnusableSample.
std::string picture_fault(const std::string& bytes, DecodeOptions options);

}  // namespace albef
