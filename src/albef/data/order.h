// In which order the samples of an epoch come, known by their numbers 0..count-1 alone. Everything is a function of
// (seed, epoch, index): nothing has to be stored but the position, and a run may go on from it with any number of
// loader threads.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace albef {

struct OrderOptions {
  int64_t batch_size = 64;  ///< samples a process and step
  uint64_t seed = 0;
  bool shuffle = true;
  bool drop_last = true;  ///< leave out an epoch's last, incomplete batch (the authors do)
  int64_t rank = 0;       ///< of this process, 0..world-1
  int64_t world = 1;      ///< processes that share each epoch
  /// Above 0: no sample moves further than that. The shards come in an order of the epoch's, and of that sequence each
  /// `window` consecutive places are shuffled among themselves: for files that are read from front to back. 0: any
  /// sample may come at any place.
  uint64_t window = 0;
  std::vector<uint64_t> shards = {};  ///< for `window`: samples of each shard, in their order; empty: one shard
};

/// A place in the stream: `index` samples of epoch `epoch`, over all processes, have been taken.
struct Position {
  uint64_t epoch = 0;
  uint64_t index = 0;
  bool operator==(const Position&) const = default;
};

/// A process's batch: the places begin..end-1 of the epoch's order; none of a last batch with fewer samples than
/// processes.
struct Slice {
  uint64_t epoch = 0, begin = 0, end = 0;
  uint64_t all = 0;    ///< places of all processes together
  Position next = {};  ///< where the stream stands after all processes took theirs
};

class Order {
 public:
  /// Throws Error for options out of range, and if an epoch would have no batch.
  Order(uint64_t count, const OrderOptions& options);

  uint64_t count() const { return count_; }                              ///< samples of an epoch, also a dropped rest
  uint64_t steps_per_epoch() const { return steps_from(0); }             ///< the same in every process
  uint64_t steps_between(const Position& begin, uint64_t epochs) const;  ///< batches from `begin` to the end of all

  /// The batch `steps` steps behind `begin`. The stream goes on for ever; each epoch has its own order.
  Slice slice(const Position& begin, uint64_t steps) const;

  /// The number of the sample at place `index` of the epoch's order.
  uint64_t at(uint64_t epoch, uint64_t index) const;

  /// The sample that stands in for an unusable one at `index`; `attempt` is 1, 2, ... if the substitutes are unusable
  /// too.
  uint64_t substitute(uint64_t epoch, uint64_t index, uint64_t attempt) const;

 private:
  uint64_t steps_from(uint64_t index) const;
  uint64_t in_permuted_shards(uint64_t epoch, uint64_t place) const;

  struct ShardOrder {  // of an epoch
    uint64_t epoch = 0;
    std::vector<uint64_t> shards, places;  // in their order, and the place behind each
  };
  struct LastOrder {
    std::mutex mutex;
    std::shared_ptr<const ShardOrder> order;
  };
  std::shared_ptr<const ShardOrder> shard_order(uint64_t epoch) const;

  uint64_t count_;
  OrderOptions options_;
  uint64_t stride_;                    // samples a step, over all processes
  std::vector<uint64_t> shard_begin_;  // number of each shard's first sample, and the end
  std::shared_ptr<LastOrder> last_;    // what was made last: most calls are of the same epoch
};

}  // namespace albef
