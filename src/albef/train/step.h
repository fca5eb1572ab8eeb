// One optimiser step of any task, by one process or by many: what training, the benchmark and the reference check run.
#pragma once
#include <functional>

#include "albef/dist/communicator.h"
#include "albef/train/adamw.h"
#include "albef/train/task.h"

namespace albef {

struct StepSettings {
  double lr = 1e-4, clip_norm = 0;  ///< clip_norm 0: no clipping
  uint64_t seed = 0;                ///< of dropout
};

/// What a rank wants to happen, bits for Communicator::agree(): what one wants, all do.
enum Wish : uint64_t {
  kStop = 1,       ///< save after this step and leave
  kSave = 2,       ///< after this step
  kEvaluate = 4,   ///< after this step
  kNotFinite = 8,  ///< a loss is NaN or infinite: there is no update
  kFailed = 16,    ///< the forward or backward pass threw: there is no update
};

struct TakenStep {
  StepResult result;     ///< without the graph
  uint64_t decided = 0;  ///< wishes of all ranks
  bool updated() const { return (decided & (kNotFinite | kFailed)) == 0; }
};

/// Forward, backward, one agreement of all ranks, the sum of their gradients (each weighted by its share of the
/// samples), clipping, AdamW, and what the task does after it. `wishes` is asked once the gradients are there. What
/// the own pass throws is thrown here, after the others have been told. Without an update nothing is changed but
/// gradients, and what the task does before its forward pass (the momentum update). `wishes` is not asked if the pass
/// threw; what is thrown after it was asked may leave half an update.
TakenStep train_step(Task& task, AdamW& optimizer, Communicator& ranks, const RunPosition& position,
                     const StepSettings& settings, const std::function<uint64_t(const StepResult&)>& wishes = {});

}  // namespace albef
