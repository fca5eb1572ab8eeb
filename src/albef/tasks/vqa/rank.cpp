#include "albef/tasks/vqa/rank.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "albef/model/decoding.h"

namespace albef {
namespace {

// Rows whose logits over the whole vocabulary are held at once.
constexpr int64_t kLogitRows = 512;
// Candidates of all questions whose tokens' keys and values are held at once.
constexpr int64_t kCandidates = 8192;

torch::Tensor log_probabilities(TextEncoder& decoder, const torch::Tensor& states) {
  return torch::log_softmax(decoder->mlm_logits(states).to(torch::kFloat), 1);
}

// log p(tokens[i] | states[rows[i]]), rows ascending.
std::vector<float> token_scores(TextEncoder& decoder, const torch::Tensor& states, const std::vector<int64_t>& rows,
                                const std::vector<int64_t>& tokens) {
  const int64_t vocabulary = decoder->options().vocab_size;
  std::vector<torch::Tensor> found;
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const int64_t first = rows[begin], count = std::min(kLogitRows, states.size(0) - first);
    std::vector<int64_t> places;
    for (; end < rows.size() && rows[end] < first + count; ++end)
      places.push_back((rows[end] - first) * vocabulary + tokens[end]);
    const auto log_p = log_probabilities(decoder, states.narrow(0, first, count));
    found.push_back(log_p.flatten().index_select(0, to_device(places, states.device())));
  }
  const auto all = torch::cat(found).cpu().contiguous();
  return {all.const_data_ptr<float>(), all.const_data_ptr<float>() + all.numel()};
}

// What the candidates of one question need of the tree.
struct Wanted {
  std::vector<std::set<std::pair<int64_t, int64_t>>> nodes;  // by depth: parent and node, so that siblings are together
  std::unordered_map<int64_t, float> score;                  // of a node: the sum of log-probabilities down to it
  std::unordered_map<int64_t, int64_t> before;               // of a node of the last level: its row in it
};

class Ranking {
 public:
  Ranking(TextEncoder& decoder, const std::vector<KeyValues>& question_keys, const AnswerTree& tree,
          const RankOptions& options)
      : decoder_(decoder), tree_(tree), options_(options), decoding_(decoder, question_keys) {
    questions_ = question_keys.at(0).key.size(0);
    k_ = std::min(options.k, tree.size());
  }

  RankedAnswers rank() {
    choose_candidates();
    for (int64_t depth = 1; go_down(depth);) ++depth;
    return best_first();
  }

 private:
  // The start of all questions' answers, and with it the scores of depth 1.
  void choose_candidates() {
    std::vector<int64_t> all(static_cast<size_t>(questions_));
    for (size_t q = 0; q < all.size(); ++q) all[q] = static_cast<int64_t>(q);
    const auto states = decoding_.next(std::vector<int64_t>(all.size(), tree_.start()), {}, all);
    const auto log_p = log_probabilities(decoder_, states);
    const auto first = log_p.index_select(1, to_device(tree_.first_tokens(), log_p.device())).cpu();  // [Q, A]
    const auto [score, order] = first.sort(/*stable=*/true, /*dim=*/1, /*descending=*/true);
    candidates_ = order.narrow(1, 0, k_).contiguous();
    first_scores_ = score.narrow(1, 0, k_).contiguous();
    wanted_.resize(all.size());
    for (int64_t q = 0; q < questions_; ++q) {
      auto& wanted = wanted_[static_cast<size_t>(q)];
      for (int64_t c = 0; c < k_; ++c) {
        int64_t node = tree_.end(candidate(q, c));
        for (; tree_.node(node).depth > 1; node = tree_.node(node).parent) want(wanted, node);
        want(wanted, node);
        wanted.score[node] = first_score(q, c);
      }
    }
  }

  void want(Wanted& wanted, int64_t node) const {
    const auto depth = static_cast<size_t>(tree_.node(node).depth);
    if (wanted.nodes.size() <= depth) wanted.nodes.resize(depth + 1);
    wanted.nodes[depth].emplace(tree_.node(node).parent, node);
  }

  // Feeds the nodes of `depth` that go on, which gives the scores of the next depth. False where none does.
  bool go_down(int64_t depth) {
    std::vector<int64_t> ids, before, questions, rows, tokens;
    std::vector<std::pair<Wanted*, int64_t>> scored;
    for (int64_t q = 0; q < questions_; ++q) {
      auto& wanted = wanted_[static_cast<size_t>(q)];
      std::unordered_map<int64_t, int64_t> row_of;
      if (std::ssize(wanted.nodes) > depth + 1) {
        for (const auto& [parent, node] : wanted.nodes[static_cast<size_t>(depth) + 1]) {
          const auto [row, is_new] = row_of.emplace(parent, std::ssize(ids));
          if (is_new) {
            ids.push_back(tree_.node(parent).token);
            before.push_back(depth == 1 ? q : wanted.before.at(tree_.node(parent).parent));
            questions.push_back(q);
          }
          rows.push_back(row->second);
          tokens.push_back(tree_.node(node).token);
          scored.emplace_back(&wanted, node);
        }
      }
      wanted.before = std::move(row_of);
    }
    if (ids.empty()) return false;
    const auto scores = token_scores(decoder_, decoding_.next(ids, before, questions), rows, tokens);
    for (size_t i = 0; i < scored.size(); ++i) {
      const auto [wanted, node] = scored[i];
      wanted->score[node] = wanted->score.at(tree_.node(node).parent) + scores[i];
    }
    return true;
  }

  RankedAnswers best_first() const {
    auto scores = torch::empty({questions_, k_});
    auto* score = scores.data_ptr<float>();
    for (int64_t q = 0; q < questions_; ++q) {
      for (int64_t c = 0; c < k_; ++c) {
        const float whole = wanted_[static_cast<size_t>(q)].score.at(tree_.end(candidate(q, c)));
        *score++ = whole + (options_.first_token_twice ? first_score(q, c) : 0);
      }
    }
    const auto order = std::get<1>(scores.sort(/*stable=*/true, /*dim=*/1, /*descending=*/true));
    RankedAnswers ranked = {candidates_.gather(1, order), scores.gather(1, order), {}};
    ranked.probabilities = ranked.scores.softmax(1);
    return ranked;
  }

  int64_t candidate(int64_t q, int64_t c) const { return candidates_.const_data_ptr<int64_t>()[q * k_ + c]; }
  float first_score(int64_t q, int64_t c) const { return first_scores_.const_data_ptr<float>()[q * k_ + c]; }

  TextEncoder& decoder_;
  const AnswerTree& tree_;
  const RankOptions& options_;
  Decoding decoding_;
  int64_t questions_ = 0, k_ = 0;
  torch::Tensor candidates_, first_scores_;  // [Q, k]
  std::vector<Wanted> wanted_;               // a question's each
};

}  // namespace

RankedAnswers rank_answers(TextEncoder& decoder, const std::vector<KeyValues>& question_keys, const AnswerTree& tree,
                           const RankOptions& options) {
  TORCH_CHECK(options.k > 0, "rank_answers: ", options.k, " candidates");
  const torch::NoGradGuard no_grad;
  const int64_t questions = question_keys.at(0).key.size(0), k = std::min(options.k, tree.size());
  const int64_t at_once = std::max<int64_t>(1, kCandidates / k);
  if (questions <= at_once) return Ranking(decoder, question_keys, tree, options).rank();
  std::vector<torch::Tensor> answers, scores, probabilities;
  for (int64_t begin = 0; begin < questions; begin += at_once) {
    const int64_t count = std::min(at_once, questions - begin);
    std::vector<KeyValues> some;
    for (const auto& [key, value, mask] : question_keys) {
      some.push_back({key.narrow(0, begin, count), value.narrow(0, begin, count),
                      mask.defined() ? mask.narrow(0, begin, count) : mask});
    }
    const auto ranked = Ranking(decoder, some, tree, options).rank();
    answers.push_back(ranked.answers);
    scores.push_back(ranked.scores);
    probabilities.push_back(ranked.probabilities);
  }
  return {torch::cat(answers), torch::cat(scores), torch::cat(probabilities)};
}

}  // namespace albef
