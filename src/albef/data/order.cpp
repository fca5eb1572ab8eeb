#include "albef/data/order.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/rng.h"

namespace albef {

Order::Order(uint64_t count, const OrderOptions& options)
    : count_(count),
      options_(options),
      stride_(static_cast<uint64_t>(options.batch_size) * static_cast<uint64_t>(options.world)),
      shard_begin_{0},
      last_(std::make_shared<LastOrder>()) {
  if (options.batch_size < 1) fail("batch_size is ", options.batch_size, ", expected 1 or more");
  if (options.world < 1 || options.rank < 0 || options.rank >= options.world) {
    fail("process ", options.rank, " of ", options.world, ": expected a rank of 0 to world - 1");
  }
  if (steps_per_epoch() == 0) {
    fail("an epoch has ", count_, " samples, fewer than one batch of ", stride_,
         "; lower batch_size or keep the last batch");
  }
  for (const uint64_t size : options.shards) shard_begin_.push_back(shard_begin_.back() + size);
  if (options.shards.empty()) shard_begin_.push_back(count);
  if (shard_begin_.back() != count_) {
    fail("the shards hold ", shard_begin_.back(), " samples, expected ", count_, ", all of an epoch");
  }
}

uint64_t Order::steps_from(uint64_t index) const {
  const uint64_t left = count_ - std::min(index, count_);
  return options_.drop_last ? left / stride_ : (left + stride_ - 1) / stride_;
}

uint64_t Order::steps_between(const Position& begin, uint64_t epochs) const {
  if (begin.epoch >= epochs) return 0;
  return steps_from(begin.index) + (epochs - begin.epoch - 1) * steps_per_epoch();
}

Slice Order::slice(const Position& begin, uint64_t steps) const {
  Position at = begin;
  if (const uint64_t left = steps_from(begin.index); steps < left) {
    at.index += steps * stride_;
  } else {
    at = {begin.epoch + 1 + (steps - left) / steps_per_epoch(), (steps - left) % steps_per_epoch() * stride_};
  }
  const uint64_t size = std::min(stride_, count_ - at.index);
  const auto share = [&](int64_t rank) {
    return at.index + size * static_cast<uint64_t>(rank) / static_cast<uint64_t>(options_.world);
  };
  Slice slice{.epoch = at.epoch, .begin = share(options_.rank), .end = share(options_.rank + 1), .all = size};
  const uint64_t behind = at.index + size;
  slice.next = steps_from(behind) > 0 ? Position{at.epoch, behind} : Position{at.epoch + 1, 0};
  return slice;
}

uint64_t Order::at(uint64_t epoch, uint64_t index) const {
  if (!options_.shuffle) return index;
  if (options_.window == 0) return permuted(index, count_, Rng(Purpose::kOrder, {options_.seed, epoch})());
  const uint64_t window = index / options_.window, begin = window * options_.window;
  const uint64_t size = std::min(options_.window, count_ - begin);
  const uint64_t key = Rng(Purpose::kOrder, {options_.seed, epoch, window})();
  return in_permuted_shards(epoch, begin + permuted(index - begin, size, key));
}

uint64_t Order::in_permuted_shards(uint64_t epoch, uint64_t place) const {
  const auto order = shard_order(epoch);
  const auto behind = std::upper_bound(order->places.begin(), order->places.end(), place);
  const uint64_t shard = order->shards[static_cast<size_t>(behind - order->places.begin())];
  const uint64_t size = shard_begin_[shard + 1] - shard_begin_[shard];
  return shard_begin_[shard] + place - (*behind - size);
}

std::shared_ptr<const Order::ShardOrder> Order::shard_order(uint64_t epoch) const {
  const std::lock_guard lock(last_->mutex);
  if (last_->order != nullptr && last_->order->epoch == epoch) return last_->order;
  const uint64_t shards = shard_begin_.size() - 1;
  const uint64_t key = Rng(Purpose::kOrder, {options_.seed, epoch})();
  auto order = std::make_shared<ShardOrder>();
  order->epoch = epoch;
  uint64_t place = 0;
  for (uint64_t i = 0; i < shards; ++i) {
    const uint64_t shard = permuted(i, shards, key);
    place += shard_begin_[shard + 1] - shard_begin_[shard];
    order->shards.push_back(shard);
    order->places.push_back(place);
  }
  last_->order = order;
  return order;
}

uint64_t Order::substitute(uint64_t epoch, uint64_t index, uint64_t attempt) const {
  Rng rng(Purpose::kOrder, {options_.seed, epoch, index, attempt});
  if (options_.window == 0 || !options_.shuffle) return rng.below(count_);
  // From the same window: any other may lie in a shard that would have to be fetched for it alone.
  const uint64_t begin = index / options_.window * options_.window;
  return in_permuted_shards(epoch, begin + rng.below(std::min(options_.window, count_ - begin)));
}

}  // namespace albef
