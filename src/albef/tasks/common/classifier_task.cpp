#include "albef/tasks/common/classifier_task.h"

#include "albef/base/log.h"
#include "albef/data/eval_images.h"
#include "albef/tasks/common/classifier_step.h"

namespace albef {
namespace {

OrderedJson mark_of(const LabelledList& list) {
  return data_mark({{"records", list.examples.size()}}, list.fingerprint());
}

LabelledList read_checked(const std::vector<std::string>& files, const CommonSettings& settings,
                          const LabelledFormat& format) {
  auto list = read_labelled(files, settings.data.image_root, format);
  check_pictures_exist(list);
  return list;
}

Classifier make_classifier(const CommonSettings& settings, const ClassifierTaskOptions& options, const Run& run) {
  const bool distill = options.distillation.distill;
  Classifier model(classifier_options(settings.model, options.kind, distill));
  model->initialise(static_cast<uint64_t>(settings.run.seed));
  auto rules = options.init;
  rules.passed_over.insert(rules.passed_over.end(), parts_of_pretraining().begin(), parts_of_pretraining().end());
  if (!distill) rules.passed_over.insert(rules.passed_over.end(), kMomentumParts.begin(), kMomentumParts.end());
  load_initial_weights(*model, initial_weights(settings, run), rules,
                       distill ? std::function<void()>([&] { model->copy_to_momentum(); }) : nullptr);
  return model;
}

}  // namespace

LabelledData read_labelled_data(CommonSettings& settings, const LabelledFormat& format, const Run& run,
                                Communicator& ranks) {
  LabelledList list;
  on_all(ranks, [&] { list = read_checked(settings.data.train_file, settings, format); });
  log_info(list.examples.size(), " sentences about ", list.images.size(), " pictures");
  const auto sentences = [&list](const auto& take) {
    for (const auto& example : list.examples) take(example.sentence);
  };
  Tokenizer tokenizer(prepare_vocabulary(settings, sentences, run, ranks));
  return {std::move(list), std::move(tokenizer)};
}

ClassifierTask::ClassifierTask(const CommonSettings& settings, const ClassifierTaskOptions& options, LabelledData data,
                               const Run& run, Communicator& ranks)
    : StreamTask(settings, std::move(data.tokenizer), run, ranks),
      options_(options),
      encoder_{tokenizer_, settings.data.max_words, longest_text(settings)},
      model_(make_run_model<Classifier>(run, ranks, [&] { return make_classifier(settings, options, run); })) {
  const auto format = data.list.format;
  auto mark = mark_of(data.list);
  train_on(std::make_unique<LabelledSource>(std::move(data.list), encoder_, pictures_,
                                            pair_options(settings, /*train=*/true).augment,
                                            static_cast<uint64_t>(settings.run.seed)),
           std::move(mark));
  if (settings.data.val_file.empty()) return;
  on_all(ranks, [&] {
    held_out_ = read_checked(settings.data.val_file, settings, format);
    data_["val_file"] = mark_of(*held_out_);
  });
  on_first(ranks, [&] {  // which alone evaluates
    check_images("val_file", held_out_->paths(), pictures_, static_cast<int>(settings.data.loader_threads));
  });
}

StepResult ClassifierTask::forward(const LabelledBatch& batch, const RunPosition& position) {
  const auto& distillation = options_.distillation;
  const auto [loss, accuracy] = classifier_step(model_, batch,
                                                {.alpha = distillation.alpha_at(position, steps_per_epoch()),
                                                 .momentum = settings_.model.momentum,
                                                 .compute = compute_});
  StepResult result;
  result.loss = loss;
  result.values = {{"accuracy", 100 * accuracy}};  // in percent, as the held-out one
  return result;
}

StepResult ClassifierTask::without_samples() {  // the momentum model stays that of the other ranks
  if (options_.distillation.distill) model_->update_momentum(settings_.model.momentum);
  return {};
}

Metrics ClassifierTask::evaluate() {
  const auto answers = classify(
      options_.evaluate_momentum ? model_->momentum : model_->online, *held_out_, encoder_, pictures_,
      {.batch_size = options_.batch_size_test, .loader_threads = settings_.data.loader_threads, .compute = compute_},
      device_);
  return scores(*held_out_, answers);
}

Metrics ClassifierTask::scores(const LabelledList& list, const Answers& answers) const {
  return {{"accuracy", accuracy(list, answers)}};
}

}  // namespace albef
