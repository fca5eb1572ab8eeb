// Samples made into batches ahead of the training, in the order of data/order.h. The stream is the same whatever the
// number of threads, and goes on from any position as if it had never stopped. What a sample and a batch are, the
// task's DataSource says.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "albef/base/error.h"
#include "albef/data/bad_samples.h"
#include "albef/data/data_source.h"
#include "albef/data/order.h"
#include "albef/data/prefetch.h"

namespace albef {

/// Samples tried of late, and how many of them could not be used.
struct BadWindow {
  uint64_t tried = 0, unusable = 0;
};

struct LoaderOptions {
  OrderOptions order = {};
  bool substitute = true;  ///< another sample stands in for an unusable one; false: it is an Error (evaluation)
  int threads = 2;
  int prefetch = 4;            ///< batches held ready
  double max_bad_share = 0.1;  ///< of the samples tried may be unusable
  BadWindow window = {};       ///< what was counted before the run was stopped
};

/// A batch as the loader hands it over.
template <class Batch>
struct Loaded {
  Batch batch;
  int64_t size = 0;  ///< samples in it
  int64_t all = 0;   ///< samples of this step over all processes
  uint64_t epoch = 0;
  Position next = {};       ///< where to begin in order to go on behind this batch
  double wait_seconds = 0;  ///< how long the caller was kept waiting for it
};

/// Judges whether the unusable samples are more than a share of all explains by chance.
class BadShare {
 public:
  /// `bad` must outlive it. Error if `limit` is no share.
  BadShare(BadSamples& bad, double limit, const BadWindow& window);

  /// Counts and lists what was met while `usable` samples were read. Error if that is too much, or if `hopeless`: no
  /// substitute was usable.
  void count(const std::vector<BadSample>& unusable, uint64_t usable, bool hopeless);

  const BadWindow& window() const { return window_; }

 private:
  BadSamples& bad_;
  double limit_;
  BadWindow window_;
  BadSample last_;
};

inline constexpr uint64_t kMaxSubstitutes = 100;  ///< tried for one place before the data are given up

/// A sample that cannot be used is counted and listed, and another one, fixed by (seed, epoch, place), takes its place.
/// For example:  Loader loader(source, bad, {.order = {.batch_size = 64}}, /*begin=*/{}, /*epochs=*/30);
///               while (auto loaded = loader.next()) train_on(loaded->batch);
template <class Sample, class Batch>
class Loader {
 public:
  /// Batches from `begin` to the end of epoch `epochs` - 1. Both references must outlive the loader.
  Loader(const DataSource<Sample, Batch>& source, BadSamples& bad, const LoaderOptions& options, const Position& begin,
         uint64_t epochs)
      : source_(source),
        substitute_(options.substitute),
        mixture_(source.parts()),
        order_(mixture_.size(), options.order),
        begin_(begin),
        position_(begin),
        bad_(bad, options.max_bad_share, options.window),
        ahead_([this](uint64_t step, const std::stop_token& stop) { return make(step, stop); }, 0,
               order_.steps_between(begin, epochs), options.threads, options.prefetch) {}

  /// Nothing behind the last batch. Error once more samples are unusable than a share of max_bad_share explains by
  /// chance; lists and errors come at the same batch in every run. Called by one thread.
  std::optional<Loaded<Batch>> next() {
    std::optional<Made> made = ahead_.next();
    if (!made) return std::nullopt;
    bad_.count(made->bad, static_cast<uint64_t>(made->loaded.size), made->hopeless);
    made->loaded.wait_seconds = ahead_.waited();
    position_ = made->loaded.next;
    return std::move(made->loaded);
  }

  const Position& position() const { return position_; }     ///< behind the batch delivered last: to resume at
  const BadWindow& window() const { return bad_.window(); }  ///< as of the batch delivered last

 private:
  struct Made {
    Loaded<Batch> loaded;
    std::vector<BadSample> bad;
    bool hopeless = false;  // no usable sample was found for a place
  };

  Made make(uint64_t step, const std::stop_token& stop) const {
    const Slice slice = order_.slice(begin_, step);
    std::vector<Sample> samples;
    std::vector<BadSample> bad;
    bool hopeless = false;
    for (uint64_t index = slice.begin; index < slice.end && !hopeless && !stop.stop_requested(); ++index) {
      std::optional<Sample> one = sample(slice.epoch, index, bad);
      hopeless = !one;
      if (one) samples.push_back(std::move(*one));
    }
    const auto size = static_cast<int64_t>(samples.size());
    const auto all = static_cast<int64_t>(slice.all);
    return {{source_.collate(std::move(samples)), size, all, slice.epoch, slice.next}, std::move(bad), hopeless};
  }

  std::optional<Sample> sample(uint64_t epoch, uint64_t index, std::vector<BadSample>& bad) const {
    uint64_t place = order_.at(epoch, index);
    for (uint64_t attempt = 1; attempt <= kMaxSubstitutes; ++attempt) {
      const auto [number, turn] = mixture_.draw(epoch, place);
      try {
        return source_.read(number, turn);
      } catch (const UnusableSample& error) {
        if (!substitute_) throw;
        bad.push_back({source_.place(number), error.reason(), static_cast<int64_t>(epoch)});
      }
      place = order_.substitute(epoch, index, attempt);
    }
    return std::nullopt;
  }

  const DataSource<Sample, Batch>& source_;
  bool substitute_;
  Mixture mixture_;
  Order order_;
  Position begin_, position_;
  BadShare bad_;
  OrderedPrefetcher<Made> ahead_;  // last: its threads use all of the above
};

}  // namespace albef
