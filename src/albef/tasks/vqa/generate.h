// Answers written freely by the decoder, without a list.
#pragma once
#include <cstdint>
#include <vector>

#include "albef/model/bert.h"

namespace albef {

struct GenerateOptions {
  int64_t beams = 1;               ///< beginnings kept a question; 1: greedy
  int64_t max_tokens = 10;         ///< of an answer, its end counted
  double length_penalty = 1;       ///< answers compare by log-probability / tokens^this, the end counted; 0: none
  int64_t start = 0, end = 0;      ///< ids of [CLS] and of the token that ends an answer
  std::vector<int64_t> forbidden;  ///< ids that are never written: [PAD], [CLS], [MASK], [UNK]
  std::vector<int64_t> not_first;  ///< ids that no answer begins with, beside `end`
  int64_t vocabulary = 0;          ///< ids below this may be written; 0: all that the model has
};

struct WrittenAnswer {
  std::vector<int64_t> ids;  ///< without start and end; never empty
  double score = 0;          ///< what answers are compared by
};

/// Of each question up to `beams` answers, best first, at least one. Beam search as transformers' (early stopping):
/// at each step the 2·beams likeliest continuations are looked at in their order; those that end are kept, the first
/// `beams` others go on; a question is done when it has `beams` ended answers. What has no end at max_tokens ends
/// there. The decoder is in eval mode; autocast is the caller's.
std::vector<std::vector<WrittenAnswer>> generate_answers(TextEncoder& decoder,
                                                         const std::vector<KeyValues>& question_keys,
                                                         const GenerateOptions& options);

}  // namespace albef
