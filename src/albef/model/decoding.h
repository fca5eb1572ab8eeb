// Answers written token by token: what the decoder computed for a token is kept, so that a next token costs one row
// whatever stands before it, and continuations of one beginning share it. Ranking a list, greedy and beam search all
// go this way.
#pragma once
#include <vector>

#include "albef/model/bert.h"

namespace albef {

/// For example:  Decoding decoding(parts.decoder, question_keys);
///               auto states = decoding.next({cls, cls}, {}, {0, 1});           // the start of both questions' answers
///               auto logits = parts.decoder->mlm_logits(states);               // [2, V]
///               states = decoding.next({red, blue, two}, {0, 0, 1}, {0, 0, 1});  // two continuations and one
class Decoding {
 public:
  /// `question_keys`: of VqaParts::question_keys(), a layer's each, for Q questions. The decoder is in eval mode.
  Decoding(TextEncoder decoder, std::vector<KeyValues> question_keys);

  /// One more token for each of M texts: `ids` [M] follow tokens `before` [M] of the call before (by their place in
  /// it; empty in the first call); `questions` [M], ascending, each below Q. Returns the decoder's states [M, D] at
  /// these tokens. Throws c10::Error where there is no position for one more token.
  torch::Tensor next(const std::vector<int64_t>& ids, const std::vector<int64_t>& before,
                     const std::vector<int64_t>& questions);

  int64_t length() const { return length_; }  ///< tokens of a text so far

 private:
  TextEncoder decoder_;
  std::vector<KeyValues> question_keys_;
  std::vector<KeyValues> past_;  // a layer's each, of all tokens so far
  torch::Tensor ancestors_;      // [R, length] rows of past_: the last call's tokens and all before them
  int64_t length_ = 0;
};

}  // namespace albef
