#include "albef/tasks/retrieval/task.h"

#include <algorithm>

#include "albef/tasks/retrieval/eval.h"

namespace albef {

RetrievalTask::RetrievalTask(const RetrievalSettings& settings, PairData data, const Run& run, Communicator& ranks)
    : PairTask(settings.common, std::move(data), run, ranks), own_(settings) {
  hold_out_pairs();
}

ObjectiveLosses RetrievalTask::losses(const PairBatch& batch, const RunPosition& position) {
  const RetrievalStepOptions options = {.alpha = own_.distillation.alpha_at(position, steps_per_epoch()),
                                        .momentum = settings_.model.momentum,
                                        .compute = compute_};
  return retrieval_step(model_, batch, negative_chooser(own_.negatives, keys(position)), options);
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

void train_retrieval(RetrievalSettings settings, Communicator& ranks) {
  const Run run = open_run(settings.common, ranks);
  auto data = read_pair_data(settings.common, run, ranks);
  RetrievalTask task(settings, std::move(data), run, ranks);
  train(task, settings, run, ranks, "itm_r_mean");
}

}  // namespace albef
