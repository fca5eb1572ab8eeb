#include "albef/tasks/vqa/data.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/data/records.h"

namespace albef {

AnswerEncoder::AnswerEncoder(const Tokenizer& tokenizer, std::string eos, int64_t positions)
    : tokenizer_(tokenizer), eos_(std::move(eos)), positions_(positions) {
  const auto ids = tokenizer.encode(eos_);
  if (ids.size() != 2 || ids[1] == tokenizer.vocabulary().unk())
    fail("eos is '", printable(eos_), "', expected one token of the vocabulary, such as [SEP]");
  end_ = ids[1];
}

std::vector<int64_t> AnswerEncoder::encode(const std::string& answer, const std::string& place) const {
  auto ids = tokenizer_.encode(answer + eos_);
  if (ids.size() < 3) fail(place, ": answer '", printable(answer), "' has no token");
  if (std::ssize(ids) > positions_) {
    fail(place, ": answer '", printable(answer), "' has ", ids.size(), " tokens with its start and end, but the ",
         "decoder has positions for ", positions_, "; shorten it");
  }
  return ids;
}

bool AnswerEncoder::has_unknown(const std::vector<int64_t>& ids) const {
  return std::find(ids.begin(), ids.end(), tokenizer_.vocabulary().unk()) != ids.end();
}

AnswerList read_answers(const std::string& file, const AnswerEncoder& encoder) {
  return make_answers(read_answer_list(file), file, encoder);
}

AnswerList make_answers(std::vector<std::string> texts, const std::string& source, const AnswerEncoder& encoder) {
  std::vector<std::vector<int64_t>> ids;
  size_t unknown = 0, first = 0;
  for (size_t n = 0; n < texts.size(); ++n) {
    ids.push_back(encoder.encode(texts[n], str(source, ": entry ", n + 1)));
    if (!encoder.has_unknown(ids.back())) continue;
    if (unknown++ == 0) first = n;
  }
  if (unknown > 0) {
    log_warning(source, ": ", unknown, " of ", texts.size(), " answers have words that the vocabulary lacks, such as '",
                printable(texts[first]), "'; as [UNK] they cannot be told apart");
  }
  return {std::move(texts), AnswerTree(ids)};
}

VqaSource::VqaSource(QuestionList list, const QuestionEncoder& questions, const AnswerEncoder& answers,
                     Pictures& pictures, const AugmentOptions& augment, uint64_t seed)
    : list_(std::move(list)),
      questions_(questions),
      answers_(answers),
      pictures_(pictures),
      augment_(augment),
      seed_(seed) {
  validate(augment_);
}

VqaSample VqaSource::read(uint64_t number, uint64_t epoch) const {
  const auto& example = list_.examples.at(number);
  VqaSample sample{.image = {}, .question = questions_.encode(example.question), .answers = {}, .weights = {}};
  for (const auto& answer : example.answers) {
    sample.answers.push_back(answers_.encode(answer.text, list_.files.at(example.source)));
    sample.weights.push_back(answer.weight);
  }
  Rng rng(Purpose::kAugment, {seed_, epoch, number});
  sample.image = pictures_.augmented(list_.path(example.image), augment_, rng);
  return sample;
}

VqaBatch VqaSource::collate(std::vector<VqaSample> samples) const {
  const int64_t side = augment_.resolution;
  VqaBatch batch;
  batch.pixels = torch::empty({std::ssize(samples), side, side, 3}, torch::kUInt8);
  auto* pixels = batch.pixels.data_ptr<uint8_t>();
  std::vector<std::vector<int64_t>> questions, answers;
  for (VqaSample& sample : samples) {
    pixels = std::copy(sample.image.pixels.begin(), sample.image.pixels.end(), pixels);
    batch.question_of.insert(batch.question_of.end(), sample.answers.size(), std::ssize(questions));
    batch.weights.insert(batch.weights.end(), sample.weights.begin(), sample.weights.end());
    questions.push_back(std::move(sample.question));
    std::move(sample.answers.begin(), sample.answers.end(), std::back_inserter(answers));
  }
  const auto pad = questions_.tokenizer.vocabulary().pad();
  batch.questions = pad_texts(questions, pad);
  batch.answers = pad_texts(answers, pad);
  return batch;
}

void check_answers(const QuestionList& list, const AnswerEncoder& encoder) {
  for (const auto& example : list.examples) {
    for (const auto& answer : example.answers)
      encoder.encode(answer.text, record_name(list.files.at(example.source), example.record));
  }
}

}  // namespace albef
