#include <cmath>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/model/autocast.h"
#include "albef/model/vqa.h"
#include "albef/tasks/bench/bench.h"
#include "albef/tasks/vqa/rank.h"

namespace albef {
namespace {

constexpr int64_t kStart = 101, kEnd = 102, kFirstWord = 1000;  // BERT's [CLS] and [SEP]; words stand behind specials

// Like VQA's: mostly one token, rarely more than three, from words that come again.
std::vector<std::vector<int64_t>> made_up_answers(int64_t count, int64_t vocabulary) {
  Rng rng(Purpose::kSynthetic, {3});
  std::vector<std::vector<int64_t>> answers;
  const auto words = static_cast<uint64_t>(std::min<int64_t>(count, vocabulary - kFirstWord));
  for (int64_t n = 0; n < count; ++n) {
    auto& answer = answers.emplace_back(std::vector<int64_t>{kStart});
    do {
      const auto rare = static_cast<uint64_t>(std::sqrt(static_cast<double>(rng.below(words * words))));
      answer.push_back(kFirstWord + static_cast<int64_t>(words - 1 - rare));  // small numbers are frequent
    } while (answer.size() < 8 && rng.below(10) < 4);
    answer.push_back(kEnd);
  }
  return answers;
}

// Each question with each of its candidates through the whole decoder, padded to the list's longest: [Q, k] scores.
torch::Tensor plain_scores(TextEncoder& decoder, const std::vector<KeyValues>& keys,
                           const std::vector<std::vector<int64_t>>& answers, const torch::Tensor& candidates) {
  const torch::NoGradGuard no_grad;
  const auto device = keys[0].key.device();
  const auto all = pad_texts(answers, 0);
  const auto table = torch::tensor(all.ids, torch::kInt64).view({all.size, all.length}).to(device);
  const auto lengths = torch::tensor(all.lengths, torch::kInt64).to(device);
  std::vector<torch::Tensor> scores;
  for (int64_t q = 0; q < candidates.size(0); ++q) {
    const auto which = candidates[q].to(device);
    const auto ids = table.index_select(0, which);
    const auto keep =
        torch::arange(all.length, which.options()).unsqueeze(0) < lengths.index_select(0, which).unsqueeze(1);
    const auto layout = TokenLayout::padded(ids.size(0), all.length, keep).causal(device);
    std::vector<KeyValues> own;
    for (const auto& k : keys)
      own.push_back(
          {k.key.narrow(0, q, 1), k.value.narrow(0, q, 1), k.mask.defined() ? k.mask.narrow(0, q, 1) : k.mask});
    auto& bert = decoder->bert;
    const auto states =
        bert->fuse(bert->encode(ids.flatten(), layout), layout, own, {.texts_per_image = ids.size(0), .others = {}});
    const auto log_p = torch::log_softmax(decoder->mlm_logits(states).to(torch::kFloat), 1);
    const auto next = ids.narrow(1, 1, all.length - 1);
    const auto each =
        log_p.view({ids.size(0), all.length, -1}).narrow(1, 0, all.length - 1).gather(2, next.unsqueeze(2)).squeeze(2);
    scores.push_back((each * keep.narrow(1, 1, all.length - 1)).sum(1));
  }
  return torch::stack(scores).cpu();
}

// Places of a descending ranking whose scores by the other way ascend by more than a tie.
int64_t out_of_order(const torch::Tensor& other_scores) {
  const auto before = other_scores.narrow(1, 0, other_scores.size(1) - 1),
             after = other_scores.narrow(1, 1, other_scores.size(1) - 1);
  return (after - before).gt(1e-5 * other_scores.abs().max()).sum().item<int64_t>();
}

}  // namespace

OrderedJson bench_answers(const CommonSettings& s, const AnswerBenchOptions& o, int64_t repeats) {
  const auto& bert = s.model.bert;
  if (bert.vocab_size < 2 * kFirstWord || bert.max_position_embeddings < 16)
    fail("the answers' bench needs a vocabulary of ", 2 * kFirstWord, " tokens and 16 positions");
  const Machine machine(s.run);
  const torch::NoGradGuard no_grad;
  VqaOptions options{.vision = {}, .text = bert, .decoder_layers = bert.num_hidden_layers - bert.fusion_layer};
  TextEncoder decoder(options.decoder());
  torch::manual_seed(static_cast<uint64_t>(s.run.seed));
  for (const auto& item : decoder->named_parameters()) {
    if (item.value().dim() > 1) item.value().normal_(0, 0.05);  // wide enough for answers to differ
  }
  decoder->to(machine.device);
  decoder->eval();
  const auto answers = made_up_answers(o.answers, bert.vocab_size);
  const AnswerTree tree(answers);
  const auto states =
      torch::randn({o.questions, o.question_tokens, bert.hidden_size}, torch::TensorOptions().device(machine.device));
  const Autocast autocast(machine.device, machine.precision.bf16());
  const auto keys = decoder->bert->cross_keys({states});
  const RankOptions ranking = {.k = o.k, .first_token_twice = false};
  RankedAnswers ranked;
  torch::Tensor plain;
  const auto rank = [&] { ranked = rank_answers(decoder, keys, tree, ranking); };
  rank();
  const auto by_plain = [&] { plain = plain_scores(decoder, keys, answers, ranked.answers); };
  by_plain();
  // In turns, so that both meet the same machine.
  std::vector<double> ours, theirs;
  for (int64_t i = 0; i < repeats; ++i) {
    ours.push_back(time_calls(rank, 0, 1, machine.device)[0]);
    theirs.push_back(time_calls(by_plain, 0, 1, machine.device)[0]);
  }
  OrderedJson json = {{"bench", "answers"},
                      {"questions_per_s", 1000 * static_cast<double>(o.questions) / percentile(ours, 0)},
                      {"answers", tree.size()},
                      {"candidates", std::min(o.k, tree.size())},
                      {"questions", o.questions},
                      {"ms", percentile(ours, 0)},
                      {"ms_plain", percentile(theirs, 0)},
                      {"times_faster", percentile(theirs, 0) / percentile(ours, 0)},
                      {"largest_difference", (plain - ranked.scores).abs().max().item<double>()},
                      {"largest_score", ranked.scores.abs().max().item<double>()},
                      {"out_of_order", out_of_order(plain)},
                      {"precision", machine.precision.bf16() ? "bf16" : "float32"},
                      {"threads", torch::get_num_threads()}};
  return json;
}

}  // namespace albef
