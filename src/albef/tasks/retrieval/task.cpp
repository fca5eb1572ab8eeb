#include "albef/tasks/retrieval/task.h"

#include <algorithm>

#include "albef/tasks/retrieval/eval.h"

namespace albef {

RetrievalTask::RetrievalTask(const RetrievalSettings& settings, PairData data, const Run& run, Communicator& ranks)
    : PairTask(settings.common, std::move(data), run, ranks), own_(settings) {}

ObjectiveLosses RetrievalTask::losses(const PairBatch& batch, const RunPosition& position) {
  RetrievalStepOptions options = {
      .alpha = own_.distill ? own_.alpha : 0, .momentum = settings_.model.momentum, .compute = compute_};
  if (own_.warm_up && position.epoch == 0)
    options.alpha *= static_cast<double>(position.step_in_epoch) / static_cast<double>(steps_per_epoch());
  const auto negatives = negative_chooser(own_.negatives == "hardest", /*sharpness=*/1, keys(position));
  return retrieval_step(model_, batch, negatives, options);
}

Metrics RetrievalTask::evaluate() {
  auto options = retrieval_eval_options(settings_.data, compute_);
  options.reranking.k_test = own_.k_test;
  options.image_batch = own_.batch_size_test;
  const auto report =
      evaluate_retrieval(model_, model_->online, held_out_->list, tokenizer_, pictures_, options, device_);
  Metrics metrics = report.itc;
  for (const auto& [name, value] : report.itm) metrics["itm_" + name] = value;
  return metrics;
}

}  // namespace albef
