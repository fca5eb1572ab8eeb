#include "albef/tasks/vqa/task.h"

#include "albef/base/log.h"
#include "albef/base/rng.h"
#include "albef/data/eval_images.h"
#include "albef/tasks/vqa/accuracy.h"
#include "albef/tasks/vqa/answer.h"

namespace albef {
namespace {

OrderedJson mark_of(const QuestionList& list) {
  return data_mark({{"records", list.examples.size()}}, list.fingerprint());
}

uint64_t fingerprint(const AnswerList& answers) {
  uint64_t mark = 0;
  for (const auto& text : answers.texts) mark = mix({mark, mix_bytes(text)});
  return mark;
}

QuestionList read_checked(const std::vector<std::string>& files, const VqaSettings& settings) {
  auto list = read_questions(files, {settings.vqa_root, settings.vg_root}, /*need_answers=*/true);
  check_pictures_exist(list);
  return list;
}

}  // namespace

QuestionEncoder test_questions(const VqaSettings& settings, const Tokenizer& tokenizer) {
  return {tokenizer, settings.max_words_test, settings.common.model.bert.max_position_embeddings};
}

VqaData read_vqa_data(VqaSettings& settings, const Run& run, Communicator& ranks) {
  QuestionList list;
  on_all(ranks, [&] { list = read_checked(settings.common.data.train_file, settings); });
  log_info(list.examples.size(), " questions about ", list.images.size(), " pictures");
  const auto texts = [&list](const auto& take) {
    for (const auto& example : list.examples) {
      take(example.question);
      for (const auto& answer : example.answers) take(answer.text);
    }
  };
  Tokenizer tokenizer(prepare_vocabulary(settings.common, texts, run, ranks));
  return {std::move(list), std::move(tokenizer)};
}

VqaTask::VqaTask(const VqaSettings& settings, VqaData data, const Run& run, Communicator& ranks)
    : StreamTask(settings.common, std::move(data.tokenizer), run, ranks),
      own_(settings),
      answer_encoder_(tokenizer_, settings.eos, settings.common.model.bert.max_position_embeddings),
      model_(
          make_run_model<Vqa>(run, ranks, [&] { return make_vqa(settings, initial_weights(settings.common, run)); })) {
  const auto& files = settings_.data;
  on_all(ranks, [&] { check_answers(data.list, answer_encoder_); });
  auto mark = mark_of(data.list);
  train_on(std::make_unique<VqaSource>(std::move(data.list),
                                       QuestionEncoder{tokenizer_, files.max_words, longest_text(settings_)},
                                       answer_encoder_, pictures_, pair_options(settings_, /*train=*/true).augment,
                                       static_cast<uint64_t>(settings_.run.seed)),
           std::move(mark));
  if (files.val_file.empty()) return;
  on_all(ranks, [&] {
    held_out_.emplace(HeldOut{read_checked(files.val_file, own_), read_answers(own_.answer_list, answer_encoder_)});
    data_["val_file"] = mark_of(held_out_->questions);
    data_["answer_list"] = data_mark({{"answers", held_out_->answers.texts.size()}}, fingerprint(held_out_->answers));
  });
  on_first(ranks, [&] {  // which alone evaluates
    std::vector<std::string> paths;
    for (uint32_t image = 0; image < held_out_->questions.images.size(); ++image)
      paths.push_back(held_out_->questions.path(image));
    check_images("val_file", paths, pictures_, static_cast<int>(files.loader_threads));
  });
}

StepResult VqaTask::forward(const VqaBatch& batch, const RunPosition& position) {
  const auto [loss, token_accuracy] = vqa_step(model_, batch,
                                               {.alpha = own_.distillation.alpha_at(position, steps_per_epoch()),
                                                .momentum = settings_.model.momentum,
                                                .compute = compute_});
  StepResult result;
  result.loss = loss;
  result.values = {{"token_accuracy", 100 * token_accuracy}};
  return result;
}

StepResult VqaTask::without_samples() {  // the momentum model stays that of the other ranks
  if (own_.distillation.distill) model_->update_momentum(settings_.model.momentum);
  return {};
}

Metrics VqaTask::evaluate() {
  const auto& questions = held_out_->questions;
  const auto found = answer_questions(model_->online, questions, test_questions(own_, tokenizer_), &held_out_->answers,
                                      answer_encoder_.end(), pictures_,
                                      {.batch_size = own_.batch_size_test,
                                       .loader_threads = settings_.data.loader_threads,
                                       .compute = compute_,
                                       .rank = {.k = own_.k_test},
                                       .generate = {},
                                       .kept = 1},
                                      device_);
  double sum = 0;
  for (size_t n = 0; n < found.size(); ++n) sum += question_accuracy(questions.examples[n].given, found[n][0].text);
  return {{"accuracy", 100 * sum / static_cast<double>(found.size())}};
}

void train_vqa(VqaSettings settings, Communicator& ranks) {
  const Run run = open_run(settings.common, ranks);
  auto data = read_vqa_data(settings, run, ranks);
  VqaTask task(settings, std::move(data), run, ranks);
  train(task, settings, run, ranks, "accuracy");
}

}  // namespace albef
