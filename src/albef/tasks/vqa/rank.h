// Ranking a list of answers to questions (paper §5; the authors' rank_answer).
#pragma once
#include <torch/types.h>

#include <vector>

#include "albef/model/bert.h"
#include "albef/tasks/vqa/answer_tree.h"

namespace albef {

struct RankOptions {
  int64_t k = 128;                ///< candidates a question: those whose first token is likeliest; more than all: all
  bool first_token_twice = true;  ///< as the authors score; false: an answer's probability
};

/// Of Q questions the k candidates, best first; on the host.
struct RankedAnswers {
  torch::Tensor answers;        ///< [Q, k] int64 numbers in the list
  torch::Tensor scores;         ///< [Q, k] float32 log-probabilities of the whole answers (see first_token_twice)
  torch::Tensor probabilities;  ///< [Q, k] float32 softmax of the scores over the k
};

/// Candidates by the first token's probability after the start (equal ones: lower number first), then by the sum of
/// all tokens' log-probabilities. `question_keys`: VqaParts::question_keys() of Q questions. A beginning that
/// candidates of a question share is computed once, and each token in one row. The decoder is in eval mode; autocast
/// is the caller's.
RankedAnswers rank_answers(TextEncoder& decoder, const std::vector<KeyValues>& question_keys, const AnswerTree& tree,
                           const RankOptions& options);

}  // namespace albef
