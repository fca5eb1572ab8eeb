#include "albef/tasks/predict/masked.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/tasks/common/fill_masks.h"
#include "albef/text/clean.h"

namespace albef {
namespace {

constexpr std::string_view kMask = "[MASK]";

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    return upper(x) == upper(y);
  });
}

// Cleaning lower-cases; the tokenizer knows the token in capitals alone.
std::string with_masks(std::string text) {
  for (size_t at = 0; at + kMask.size() <= text.size(); ++at) {
    if (same_letters(std::string_view(text).substr(at, kMask.size()), kMask)) text.replace(at, kMask.size(), kMask);
  }
  return text;
}

}  // namespace

std::string MaskedText::shown(size_t place, const Tokenizer& tokenizer) const {
  auto masked = ids;
  masked.at(place) = tokenizer.vocabulary().mask();
  return tokenizer.decode(std::span(masked).subspan(1));
}

MaskedText mask_text(const std::string& text, const Tokenizer& tokenizer, int64_t max_words, int64_t max_tokens) {
  const auto& vocabulary = tokenizer.vocabulary();
  const auto clean = with_masks(pre_caption(text, static_cast<size_t>(max_words), vocabulary.options().lower_case));
  MaskedText masked{.ids = tokenizer.encode(clean, static_cast<size_t>(max_tokens)), .places = {}};
  for (size_t place = 1; place < masked.ids.size(); ++place) {
    if (masked.ids[place] == vocabulary.mask()) masked.places.push_back(place);
  }
  const auto all = with_masks(text);
  size_t wanted = 0;
  for (size_t at = all.find(kMask); at != std::string::npos; at = all.find(kMask, at + kMask.size())) ++wanted;
  if (wanted > masked.places.size()) {
    fail("the text '", printable(text), "' is cut after ", max_words, " words and ", max_tokens,
         " tokens, and a [MASK] with it; expected a shorter text");
  }
  if (wanted == 0) masked.places = telling_places(vocabulary, masked.ids, masked.ids.size());
  if (masked.places.empty()) fail("the text '", printable(text), "' has no word that the model reads");
  return masked;
}

}  // namespace albef
