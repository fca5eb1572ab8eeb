// A list of answers as a tree of their tokens, in which answers that begin alike share their beginning.
#pragma once
#include <cstdint>
#include <vector>

namespace albef {

class AnswerTree {
 public:
  struct Node {
    int64_t token;   ///< id; the root's is that of [CLS]
    int64_t parent;  ///< number of the node before it, -1 of the root
    int64_t depth;   ///< tokens before it
  };

  /// Answers as ids, [CLS] first, the end of an answer last. Throws c10::Error unless each has two or more tokens and
  /// begins with the same.
  explicit AnswerTree(const std::vector<std::vector<int64_t>>& answers);

  int64_t size() const { return static_cast<int64_t>(ends_.size()); }  ///< A: answers
  const Node& node(int64_t number) const { return nodes_[static_cast<size_t>(number)]; }
  int64_t nodes() const { return static_cast<int64_t>(nodes_.size()); }
  int64_t start() const { return nodes_[0].token; }
  /// The node of an answer's last token. Equal answers share it.
  int64_t end(int64_t answer) const { return ends_[static_cast<size_t>(answer)]; }
  /// [A] ids of the answers' first tokens behind the start.
  const std::vector<int64_t>& first_tokens() const { return first_tokens_; }

 private:
  std::vector<Node> nodes_;  // a parent before its children; the root is 0
  std::vector<int64_t> ends_, first_tokens_;
};

}  // namespace albef
