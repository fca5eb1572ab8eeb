// What the random numbers of a step are keyed by.
#pragma once
#include <cstdint>

namespace albef {

/// What is drawn for a sample (masks) is keyed by seed, epoch and sample; what is drawn for a process's batch
/// (negatives) by seed, step and rank. So no draw depends on how many processes there are, but those of the batch.
struct StepKeys {
  uint64_t seed = 0, epoch = 0, step = 0;
  uint64_t rank = 0;  ///< of this process; of one alone 0
};

}  // namespace albef
