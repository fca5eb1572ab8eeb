#include "albef/tasks/ve/task.h"

namespace albef {

LabelledFormat ve_format() {
  return {.pictures = 1, .labels = {"contradiction", "neutral", "entailment"}, .add_jpg = true};
}

void train_ve(VeSettings settings, Communicator& ranks) {
  auto& common = settings.common;
  const Run run = open_run(common, ranks);
  auto data = read_labelled_data(common, ve_format(), run, ranks);
  ClassifierTask task(
      common,
      {.kind = kVe, .distillation = settings.distillation, .init = {}, .batch_size_test = settings.batch_size_test},
      std::move(data), run, ranks);
  train(task, settings, run, ranks, "accuracy");
}

}  // namespace albef
