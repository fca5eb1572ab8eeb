#include "albef/tasks/nlvr/task.h"

namespace albef {

LabelledFormat nlvr_format() {
  return {.pictures = 2, .labels = {"False", "True"}, .add_jpg = false};
}

NlvrTask::NlvrTask(const NlvrSettings& settings, LabelledData data, const Run& run, Communicator& ranks)
    : ClassifierTask(
          settings.common,
          {.kind = kNlvr,
           .distillation = settings.distillation,
           .init = {.passed_over = {"ta_head."},
                    .rename = [bert = settings.common.model.bert](Weights& w) { double_fusion_layers(w, bert); },
                    .momentum =
                        settings.momentum_start == "initial" ? MomentumStart::kInitial : MomentumStart::kStudent},
           .batch_size_test = settings.common.data.batch_size,
           .evaluate_momentum = settings.eval_ema},
          std::move(data), run, ranks) {}

Metrics NlvrTask::scores(const LabelledList& list, const Answers& answers) const {
  return {{"accuracy", accuracy(list, answers)}, {"consistency", consistency(list, answers)}};
}

void train_nlvr(NlvrSettings settings, Communicator& ranks) {
  const Run run = open_run(settings.common, ranks);
  auto data = read_labelled_data(settings.common, nlvr_format(), run, ranks);
  NlvrTask task(settings, std::move(data), run, ranks);
  train(task, settings, run, ranks, "accuracy");
}

}  // namespace albef
