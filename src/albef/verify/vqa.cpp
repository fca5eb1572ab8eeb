// VQA: one forward and backward pass, then the ranking of a list of answers.
#include <algorithm>
#include <cmath>

#include "albef/base/error.h"
#include "albef/io/weights.h"
#include "albef/tasks/vqa/model.h"
#include "albef/tasks/vqa/rank.h"
#include "albef/tasks/vqa/step.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

TextBatch texts_under(const GoldenFile& golden, const std::string& ids, const std::string& mask) {
  const auto& grid = golden.at(ids);
  return {
      .size = grid.size(0), .length = grid.size(1), .ids = numbers(grid), .lengths = numbers(golden.at(mask).sum(1))};
}

VqaBatch recorded_questions(const GoldenFile& golden) {
  VqaBatch batch = {.pixels = golden.at("image"),
                    .questions = texts_under(golden, "question_ids", "question_mask"),
                    .answers = texts_under(golden, "answer_ids", "answer_mask"),
                    .question_of = {},
                    .weights = {}};
  const auto answers = numbers(golden.at("k"));
  for (int64_t question = 0; question < std::ssize(answers); ++question)
    batch.question_of.insert(batch.question_of.end(), static_cast<size_t>(answers[static_cast<size_t>(question)]),
                             question);
  const auto weights = golden.at("weights").contiguous();
  batch.weights.assign(weights.const_data_ptr<float>(), weights.const_data_ptr<float>() + weights.numel());
  return batch;
}

AnswerTree recorded_answers(const GoldenFile& golden) {
  const auto texts = texts_under(golden, "rank.answer_ids", "rank.answer_mask");
  std::vector<std::vector<int64_t>> answers;
  for (int64_t n = 0; n < texts.size; ++n) {
    const auto begin = texts.ids.begin() + n * texts.length;
    answers.emplace_back(begin, begin + texts.lengths[static_cast<size_t>(n)]);
  }
  return AnswerTree(answers);
}

// Whether the rows are alike, but for answers whose reference probabilities are equal within the bound.
bool same_but_for_ties(const torch::Tensor& ours, const torch::Tensor& reference, const torch::Tensor& probabilities) {
  if (ours.sizes() != reference.sizes()) return false;
  const auto kept = probabilities.contiguous();
  for (int64_t q = 0; q < ours.size(0); ++q) {
    const auto found = numbers(ours[q]), expected = numbers(reference[q]);
    const float* p = kept.const_data_ptr<float>() + q * kept.size(1);
    for (size_t place = 0; place < found.size(); ++place) {
      const auto theirs =
          static_cast<size_t>(std::find(expected.begin(), expected.end(), found[place]) - expected.begin());
      if (theirs == expected.size() || std::abs(p[theirs] - p[place]) > 1e-5F * p[0]) return false;
    }
  }
  return true;
}

Check ranking_check(const GoldenFile& golden, Vqa& model, const VqaBatch& batch) {
  const torch::NoGradGuard no_grad;
  model->eval();
  const auto questions = make_texts(batch.questions, /*packed=*/false, torch::kCPU);
  const auto keys = model->online.question_keys(model->online.vision(batch.pixels), {}, questions);
  const auto ranked = rank_answers(model->online.decoder, keys, recorded_answers(golden),
                                   {.k = std::stoll(golden.file.metadata.at("rank_k"))});
  Summary summary(golden.name + " ranking");
  if (!same_but_for_ties(ranked.answers, golden.at("rank.topk_ids"), golden.at("rank.topk_probs")))
    summary.fail("the answers stand in another order");
  summary.add(compare("probabilities", ranked.probabilities, golden.at("rank.topk_probs"), {}));
  return summary.result();
}

}  // namespace

Checks verify_vqa(const fs::path& file) {
  const auto golden = read_golden_file(file);
  const auto weights = read_weights(golden.weights_path);
  const bool distill = golden.config.value("distill", true);
  Vqa model(VqaOptions{.vision = golden_vit(golden, weights.tensors),
                       .text = golden_bert(golden, weights.tensors),
                       .decoder_layers = decoder_layers(weights),
                       .momentum_model = distill});
  model->initialise(0);
  load_authors(*model, weights, {.allow = distill ? std::vector<std::string>() : kVqaMomentumParts});
  const auto batch = recorded_questions(golden);
  model->train();
  const auto loss = vqa_step(model, batch,
                             {.alpha = distill ? golden.at("alpha").item<double>() : 0,
                              .momentum = golden.config.value("momentum", 0.995)})
                        .loss;
  loss.backward();
  auto check = compare("loss", loss, golden.at("loss"), {});
  check.name = golden.name + " loss";
  return {check, check_gradients(golden, *model, "grad."), ranking_check(golden, model, batch)};
}

}  // namespace albef::verify
