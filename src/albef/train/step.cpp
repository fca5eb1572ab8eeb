#include "albef/train/step.h"

#include <torch/utils.h>

#include <exception>

#include "albef/base/rng.h"

namespace albef {
namespace {

// Dropout is the only thing that draws from LibTorch's own generator; keyed by the step, a resumed run draws the same.
void seed_dropout(uint64_t seed, int64_t step, int64_t rank) {
  const auto purpose = static_cast<uint64_t>(Purpose::kDropout), number = static_cast<uint64_t>(step);
  torch::manual_seed(rank == 0 ? mix({purpose, seed, number})
                               : mix({purpose, seed, number, static_cast<uint64_t>(rank)}));
}

void release_graph(StepResult& result) {
  result.loss = result.loss.defined() ? result.loss.detach() : result.loss;
  for (auto& [name, value] : result.values) value = value.detach();
}

}  // namespace

TakenStep train_step(Task& task, AdamW& optimizer, Communicator& ranks, const RunPosition& position,
                     const StepSettings& settings, const std::function<uint64_t(const StepResult&)>& wishes) {
  seed_dropout(settings.seed, position.step, ranks.rank());
  TakenStep step;
  std::exception_ptr failure;
  uint64_t own = 0;
  try {
    step.result = task.step(position);
    optimizer.zero_grad();
    if (step.result.loss.defined()) step.result.loss.backward();  // a rank's share of a short batch may be empty
    release_graph(step.result);
    if (wishes) own = wishes(step.result);
  } catch (...) {
    failure = std::current_exception();
    own = kFailed;
  }
  step.decided = ranks.agree(own);
  if (failure) std::rethrow_exception(failure);
  if (!step.updated()) return step;
  optimizer.reduce_gradients(ranks, step.result.share);
  if (settings.clip_norm > 0) optimizer.clip_gradients(settings.clip_norm);
  optimizer.step(settings.lr);
  task.after_update();
  return step;
}

}  // namespace albef
