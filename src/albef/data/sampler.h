// Which pairs come when. Everything is a function of (seed, epoch, index): nothing has to be stored but the position,
// and a run may go on from it with any number of loader threads, or of processes.
#pragma once
#include <cstdint>

#include "albef/data/pair_list.h"

namespace albef {

enum class Captions {
  kDraw,    ///< a pair per record and epoch, with one of its captions drawn (the authors')
  kExpand,  ///< a pair per caption
};

struct SamplerOptions {
  int64_t batch_size = 64;  ///< pairs a process and step
  uint64_t seed = 0;
  bool shuffle = true;
  bool drop_last = true;  ///< leave out an epoch's last, incomplete batch (the authors do)
  Captions captions = Captions::kDraw;
  int64_t rank = 0;   ///< of this process, 0..world-1
  int64_t world = 1;  ///< processes that share each epoch
};

/// A place in the stream: `index` pairs of epoch `epoch`, over all processes, have been taken.
struct Position {
  uint64_t epoch = 0;
  uint64_t index = 0;
  bool operator==(const Position&) const = default;
};

/// One pair: caption `caption` of record `record`. `number` tells pairs apart and is the same in every epoch: the
/// record (draw) or the caption's number among all (expand).
struct Pair {
  uint64_t number = 0, record = 0, caption = 0;
  bool operator==(const Pair&) const = default;
};

/// A process's batch: the pairs begin..end-1 in the epoch's order.
struct Slice {
  uint64_t epoch = 0, begin = 0, end = 0;
  Position next = {};  ///< where the stream stands after all processes took theirs
};

class Sampler {
 public:
  /// `list` must outlive the sampler. Throws Error if an epoch would have no batch.
  Sampler(const PairList& list, const SamplerOptions& options);

  uint64_t pairs_per_epoch() const { return pairs_; }                    ///< all of them, also a dropped rest
  uint64_t steps_per_epoch() const { return steps_from(0); }             ///< batches of an epoch
  uint64_t steps_between(const Position& begin, uint64_t epochs) const;  ///< batches from `begin` to the end of all

  /// The batch `steps` steps behind `begin`. The stream goes on for ever; each epoch has its own order.
  Slice slice(const Position& begin, uint64_t steps) const;

  /// The pair at place `index` of the epoch's order.
  Pair at(uint64_t epoch, uint64_t index) const;

  /// The pair that stands in for an unusable one at `index`; `attempt` is 1, 2, ... if the substitutes are unusable
  /// too.
  Pair substitute(uint64_t epoch, uint64_t index, uint64_t attempt) const;

 private:
  uint64_t steps_from(uint64_t index) const;
  Pair pair(uint64_t epoch, uint64_t number) const;

  const PairList& list_;
  SamplerOptions options_;
  uint64_t pairs_, stride_;
};

}  // namespace albef
