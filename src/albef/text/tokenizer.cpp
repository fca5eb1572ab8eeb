#include "albef/text/tokenizer.h"

#include <algorithm>
#include <optional>

namespace albef {
namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

}  // namespace

// WordPiece: the longest token that the word starts with, then the longest continuation of it, and so on.
void Tokenizer::append_pieces(std::string_view word, std::vector<int64_t>& ids) const {
  const size_t first = ids.size();
  std::string continued;
  for (size_t start = 0; start < word.size();) {
    const size_t prefix = start == 0 ? 0 : kContinuation.size();
    std::string_view key = word;
    if (start == 0) {
      const auto characters = std::count_if(word.begin(), word.end(), starts_character);
      if (static_cast<size_t>(characters) > kMaxWordCharacters) return ids.push_back(vocabulary_.unk());
    } else {
      key = continued.assign(kContinuation).append(word.substr(start));
    }
    size_t length = std::min(key.size(), vocabulary_.longest_token());
    std::optional<int64_t> id;
    for (; length > prefix; --length) {
      const bool whole = length == key.size() || starts_character(key[length]);
      if (whole && (id = vocabulary_.id(key.substr(0, length)))) break;
    }
    if (!id) {
      ids.resize(first);
      return ids.push_back(vocabulary_.unk());
    }
    ids.push_back(*id);
    start += length - prefix;
  }
}

std::vector<int64_t> Tokenizer::encode(std::string_view text, size_t max_tokens) const {
  std::vector<int64_t> ids = {vocabulary_.cls()};
  for_each_word(text, vocabulary_.options(), [&](std::string_view word) {
    append_pieces(word, ids);
    return max_tokens == 0 || ids.size() < max_tokens;  // what follows the cut need not be read
  });
  if (max_tokens > 0 && ids.size() > max_tokens) ids.resize(max_tokens);
  return ids;
}

std::vector<std::string> Tokenizer::tokenize(std::string_view text) const {
  const auto ids = encode(text);
  std::vector<std::string> tokens;
  for (auto id = ids.begin() + 1; id != ids.end(); ++id) tokens.push_back(vocabulary_.token(*id));
  return tokens;
}

std::string Tokenizer::decode(std::span<const int64_t> ids) const {
  std::string out;
  for (const int64_t id : ids) {
    const std::string& token = vocabulary_.token(id);
    const bool continues = !out.empty() && token.starts_with(kContinuation);
    if (!out.empty() && !continues) out += ' ';
    out += continues ? token.substr(kContinuation.size()) : token;
  }
  return out;
}

}  // namespace albef
