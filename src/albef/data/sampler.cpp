#include "albef/data/sampler.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/rng.h"

namespace albef {

Sampler::Sampler(const PairList& list, const SamplerOptions& options)
    : list_(list),
      options_(options),
      pairs_(options.captions == Captions::kExpand ? list.captions() : list.records()),
      stride_(static_cast<uint64_t>(options.batch_size) * static_cast<uint64_t>(options.world)) {
  if (options.batch_size < 1) fail("batch_size is ", options.batch_size, ", expected 1 or more");
  if (options.world < 1 || options.rank < 0 || options.rank >= options.world) {
    fail("process ", options.rank, " of ", options.world, ": expected a rank of 0 to world - 1");
  }
  if (steps_per_epoch() == 0) {
    fail("an epoch has ", pairs_, " pairs, fewer than one batch of ", stride_,
         "; lower batch_size or keep the last batch");
  }
}

uint64_t Sampler::steps_from(uint64_t index) const {
  const uint64_t left = pairs_ - std::min(index, pairs_);
  return options_.drop_last ? left / stride_ : (left + stride_ - 1) / stride_;
}

uint64_t Sampler::steps_between(const Position& begin, uint64_t epochs) const {
  if (begin.epoch >= epochs) return 0;
  return steps_from(begin.index) + (epochs - begin.epoch - 1) * steps_per_epoch();
}

Slice Sampler::slice(const Position& begin, uint64_t steps) const {
  Position at = begin;
  if (const uint64_t left = steps_from(begin.index); steps < left) {
    at.index += steps * stride_;
  } else {
    at = {begin.epoch + 1 + (steps - left) / steps_per_epoch(), (steps - left) % steps_per_epoch() * stride_};
  }
  const uint64_t size = std::min(stride_, pairs_ - at.index);
  const auto share = [&](int64_t rank) {
    return at.index + size * static_cast<uint64_t>(rank) / static_cast<uint64_t>(options_.world);
  };
  Slice slice{.epoch = at.epoch, .begin = share(options_.rank), .end = share(options_.rank + 1)};
  const uint64_t behind = at.index + size;
  slice.next = steps_from(behind) > 0 ? Position{at.epoch, behind} : Position{at.epoch + 1, 0};
  return slice;
}

Pair Sampler::at(uint64_t epoch, uint64_t index) const {
  if (!options_.shuffle) return pair(epoch, index);
  return pair(epoch, permuted(index, pairs_, Rng(Purpose::kOrder, {options_.seed, epoch})()));
}

Pair Sampler::substitute(uint64_t epoch, uint64_t index, uint64_t attempt) const {
  return pair(epoch, Rng(Purpose::kOrder, {options_.seed, epoch, index, attempt}).below(pairs_));
}

Pair Sampler::pair(uint64_t epoch, uint64_t number) const {
  if (options_.captions == Captions::kExpand) {
    const uint64_t record = list_.record_of_caption(number);
    return {number, record, number - list_.first_caption(record)};
  }
  const uint64_t captions = list_.caption_count(number);
  return {number, number, captions == 1 ? 0 : Rng(Purpose::kCaption, {options_.seed, epoch, number}).below(captions)};
}

}  // namespace albef
