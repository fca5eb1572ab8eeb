#include "albef/tasks/vqa/answer_tree.h"

#include <c10/util/Exception.h>

#include <map>
#include <utility>

namespace albef {

AnswerTree::AnswerTree(const std::vector<std::vector<int64_t>>& answers) {
  TORCH_CHECK(!answers.empty(), "AnswerTree: no answers");
  TORCH_CHECK(!answers[0].empty(), "AnswerTree: an answer without tokens");
  nodes_.push_back({.token = answers[0][0], .parent = -1, .depth = 0});
  std::map<std::pair<int64_t, int64_t>, int64_t> children;  // (parent, token) -> node
  for (const auto& answer : answers) {
    TORCH_CHECK(answer.size() >= 2 && answer[0] == start(), "AnswerTree: an answer of ", answer.size(),
                " tokens, expected the common start and one or more");
    int64_t at = 0;
    for (size_t t = 1; t < answer.size(); ++t) {
      const auto [entry, is_new] = children.emplace(std::pair{at, answer[t]}, nodes());
      if (is_new) nodes_.push_back({.token = answer[t], .parent = at, .depth = static_cast<int64_t>(t)});
      at = entry->second;
    }
    ends_.push_back(at);
    first_tokens_.push_back(answer[1]);
  }
}

}  // namespace albef
