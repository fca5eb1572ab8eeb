// From a caption or a question to token ids: the one place where cleaning and tokenisation meet.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "albef/text/tokenizer.h"

namespace albef {

/// For example:  CaptionEncoder{tokenizer, /*max_words=*/30, /*max_tokens=*/25}.encode("Two dogs, running")
struct CaptionEncoder {
  const Tokenizer& tokenizer;  ///< must outlive it; its vocabulary says whether words are lower-cased
  int64_t max_words = 30;      ///< words that are read, 1 or more
  int64_t max_tokens = 25;     ///< ids that are kept, [CLS] among them, 1 or more

  /// [CLS] and the ids of pre_caption()'s text; [CLS] alone where nothing of the caption is left by it. Thread-safe.
  std::vector<int64_t> encode(std::string_view caption) const;
};

/// The same of questions, which are cleaned in another way. The authors read 30 words and keep 25 ids in training, and
/// read 50 words and keep all ids in testing:  QuestionEncoder{tokenizer, 50, 0}
struct QuestionEncoder {
  const Tokenizer& tokenizer;  ///< must outlive it; its vocabulary says whether words are lower-cased
  int64_t max_words = 30;      ///< words that are read, 1 or more
  int64_t max_tokens = 25;     ///< ids that are kept, [CLS] among them; 0: all

  /// [CLS] and the ids of pre_question()'s text; [CLS] alone where nothing of the question is left by it. Thread-safe.
  std::vector<int64_t> encode(std::string_view question) const;
};

}  // namespace albef
