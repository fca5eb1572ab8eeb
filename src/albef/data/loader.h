// Pairs made into batches ahead of the training: decoded, augmented, tokenised, in the sampler's order. The stream is
// the same whatever the number of threads, and goes on from any position as if it had never stopped.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "albef/base/text_batch.h"
#include "albef/data/bad_samples.h"
#include "albef/data/pictures.h"
#include "albef/data/prefetch.h"
#include "albef/data/sampler.h"
#include "albef/text/tokenizer.h"

namespace albef {

/// Samples tried of late, and how many of them could not be used.
struct BadWindow {
  uint64_t tried = 0, unusable = 0;
};

struct LoaderOptions {
  SamplerOptions sampler = {};
  AugmentOptions augment = {};  ///< its resolution is the batch's R
  bool train = true;            ///< false: pictures squashed to R x R without augmentation; a broken one is an Error
  int64_t max_words = 30;       ///< a caption's words that are kept
  int64_t max_tokens = 25;      ///< a caption's ids that are kept, [CLS] among them
  int threads = 2;
  int prefetch = 4;            ///< batches held ready
  double max_bad_share = 0.1;  ///< of the samples tried may be unusable
  BadWindow window = {};       ///< what was counted before the run was stopped
};

struct Batch {
  int64_t size = 0, resolution = 0, length = 0;  ///< B, R, L
  std::vector<uint8_t> pixels;                   ///< [B, R, R, 3]
  std::vector<int64_t> ids;                      ///< [B, L] beginning with [CLS]; [PAD] behind a text's end
  std::vector<int64_t> lengths;                  ///< [B] ids before the padding
  std::vector<int64_t> image_ids;                ///< [B] equal where the image is the same
  std::vector<int64_t> samples;                  ///< [B] the pairs' numbers (see Pair)
  uint64_t epoch = 0;
  Position next = {};       ///< where to begin in order to go on behind this batch
  double wait_seconds = 0;  ///< how long the caller was kept waiting for it
};

/// A sample that cannot be used is counted and listed, and another one, fixed by (seed, epoch, place), takes its place.
class Loader {
 public:
  /// Batches from `begin` to the end of epoch `epochs` - 1. All references must outlive the loader.
  Loader(const PairList& list, const Tokenizer& tokenizer, Pictures& pictures, BadSamples& bad,
         const LoaderOptions& options, const Position& begin, uint64_t epochs);

  /// Nothing behind the last batch. Error once more samples are unusable than a share of max_bad_share explains by
  /// chance. Called by one thread.
  std::optional<Batch> next();

  const Sampler& sampler() const { return sampler_; }
  const BadWindow& window() const { return window_; }  ///< as of the batch delivered last

 private:
  struct Sample {
    Pair pair;
    Image image;
    std::vector<int64_t> ids;
  };
  struct Made {
    Batch batch;
    std::vector<BadSample> bad;
    bool hopeless = false;  // no usable sample was found for a place
  };
  Made make(uint64_t step, const std::stop_token& stop) const;
  std::optional<Sample> sample(uint64_t epoch, uint64_t index, std::vector<BadSample>& bad) const;
  Sample load(uint64_t epoch, const Pair& pair) const;
  void account(const Made& made);

  const PairList& list_;
  const Tokenizer& tokenizer_;
  Pictures& pictures_;
  BadSamples& bad_;
  LoaderOptions options_;
  Sampler sampler_;
  Position begin_;
  BadWindow window_;
  BadSample last_bad_;
  OrderedPrefetcher<Made> ahead_;  // last: its threads use all of the above
};

}  // namespace albef
