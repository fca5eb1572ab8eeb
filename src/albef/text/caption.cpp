#include "albef/text/caption.h"

#include "albef/text/clean.h"

namespace albef {

std::vector<int64_t> CaptionEncoder::encode(std::string_view caption) const {
  const bool lower_case = tokenizer.vocabulary().options().lower_case;
  return tokenizer.encode(pre_caption(caption, static_cast<size_t>(max_words), lower_case),
                          static_cast<size_t>(max_tokens));
}

std::vector<int64_t> QuestionEncoder::encode(std::string_view question) const {
  const bool lower_case = tokenizer.vocabulary().options().lower_case;
  return tokenizer.encode(pre_question(question, static_cast<size_t>(max_words), lower_case),
                          static_cast<size_t>(max_tokens));
}

}  // namespace albef
