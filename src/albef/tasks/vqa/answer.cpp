#include "albef/tasks/vqa/answer.h"

#include <algorithm>

#include "albef/base/progress.h"
#include "albef/model/autocast.h"
#include "albef/tasks/common/picture_texts.h"

namespace albef {
namespace {

using Possible = std::vector<std::vector<PossibleAnswer>>;

Possible from_list(const RankedAnswers& ranked, const AnswerList& answers, int64_t kept) {
  Possible possible;
  const int64_t k = ranked.answers.size(1);
  const auto* number = ranked.answers.const_data_ptr<int64_t>();
  const auto *score = ranked.scores.const_data_ptr<float>(),
             *probability = ranked.probabilities.const_data_ptr<float>();
  for (int64_t q = 0; q < ranked.answers.size(0); ++q) {
    auto& best = possible.emplace_back();
    for (int64_t c = q * k; c < q * k + std::min(k, kept); ++c)
      best.push_back({answers.texts[static_cast<size_t>(number[c])], score[c], probability[c]});
  }
  return possible;
}

Possible written(const std::vector<std::vector<WrittenAnswer>>& all, const Tokenizer& tokenizer, int64_t kept) {
  Possible possible;
  for (const auto& answers : all) {
    auto& best = possible.emplace_back();
    for (const auto& answer : answers) {
      if (std::ssize(best) < kept) best.push_back({tokenizer.decode(answer.ids), answer.score, 0});
    }
  }
  return possible;
}

GenerateOptions with_tokens(GenerateOptions options, const Vocabulary& vocabulary, int64_t end) {
  options.start = vocabulary.cls();
  options.end = end;
  options.forbidden = {vocabulary.pad(), vocabulary.cls(), vocabulary.mask(), vocabulary.unk()};
  for (int64_t id = 0; id < vocabulary.size(); ++id) {  // an answer begins with a word
    if (vocabulary.token(id).starts_with(kContinuation)) options.not_first.push_back(id);
  }
  options.vocabulary = vocabulary.size();
  return options;
}

}  // namespace

Possible answer_questions(VqaParts& parts, const QuestionList& list, const QuestionEncoder& encoder,
                          const AnswerList* answers, int64_t end, Pictures& pictures, const AnsweringOptions& options,
                          torch::Device device) {
  TORCH_CHECK(!parts.vision->is_training(), "answer_questions: the model is in training mode");
  const torch::NoGradGuard no_grad;
  const auto& vocabulary = encoder.tokenizer.vocabulary();
  const auto generate = with_tokens(options.generate, vocabulary, end);
  const PictureTextList questions = {.items = list.examples.size(),
                                     .picture = [&](uint64_t n, size_t) { return list.examples[n].image; },
                                     .path = [&](uint32_t image) { return list.path(image); },
                                     .ids = [&](uint64_t n) { return encoder.encode(list.examples[n].question); },
                                     .pad_id = vocabulary.pad()};
  PictureTextReader reader(questions, pictures, parts.vision->options().image_res, options.batch_size,
                           options.loader_threads);
  Possible all(list.examples.size());
  Progress bar("answering", std::ssize(all), "questions");
  while (const auto batch = reader.next()) {
    const Autocast autocast(device, options.compute.bf16);
    const auto texts = make_texts(batch->texts, options.compute.packed, device);
    const auto tokens = parts.vision(pixels_on(device, batch->pixels));
    const auto keys =
        parts.question_keys(tokens, {.texts_per_image = 0, .others = to_device(batch->picture_of[0], device)}, texts);
    auto some = answers
                    ? from_list(rank_answers(parts.decoder, keys, answers->tree, options.rank), *answers, options.kept)
                    : written(generate_answers(parts.decoder, keys, generate), encoder.tokenizer, options.kept);
    for (size_t i = 0; i < some.size(); ++i) all[batch->items[i]] = std::move(some[i]);
    bar.add(std::ssize(some));
  }
  return all;
}

}  // namespace albef
