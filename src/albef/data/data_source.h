// What a task trains on, as the loader sees it.
#pragma once
#include <cstdint>
#include <vector>

#include "albef/data/bad_samples.h"
#include "albef/data/mixture.h"

namespace albef {

/// Samples 0..size()-1, and how they become a batch; what either is, is the task's business. All functions are called
/// by several threads at once.
template <class Sample, class Batch>
class DataSource {
 public:
  virtual ~DataSource() = default;
  virtual uint64_t size() const = 0;

  /// What the samples are of, with the weights; their sum is size().
  virtual std::vector<DataPart> parts() const { return {{.samples = size()}}; }

  /// The sample as it is when it comes for the `turn`-th time, from 0 (with weight 1: in that epoch): a function of
  /// both arguments alone. Throws UnusableSample.
  virtual Sample read(uint64_t number, uint64_t turn) const = 0;

  /// The batch of the samples, in their order. There may be none (see Slice): that gives a batch of size 0.
  virtual Batch collate(std::vector<Sample> samples) const = 0;

  virtual Place place(uint64_t number) const = 0;  ///< for the list of unusable samples
};

}  // namespace albef
