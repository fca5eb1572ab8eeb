#include "albef/text/words.h"

#include <algorithm>
#include <string>

#include "albef/text/unicode.h"

namespace albef {
namespace {

using Take = std::function<bool(std::string_view)>;

/// What an ASCII byte does in a text.
enum class Kind : unsigned char { kWord, kSpace, kPunctuation, kDropped };

constexpr std::array<Kind, 128> make_kinds() {
  std::array<Kind, 128> kinds{};
  for (int c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    kinds[static_cast<size_t>(c)] = c == ' ' || c == '\t' || c == '\n' || c == '\r' ? Kind::kSpace
                                    : c < 0x20 || c == 0x7f                         ? Kind::kDropped
                                    : letter || digit                               ? Kind::kWord
                                                                                    : Kind::kPunctuation;
  }
  return kinds;
}
constexpr auto kKinds = make_kinds();

Kind kind_of(char32_t c) {
  if (c < 0x80) return kKinds[c];
  if (c == 0xfffd || unicode::is_control(c)) return Kind::kDropped;
  return unicode::is_space(c) ? Kind::kSpace : Kind::kWord;
}

/// Words of one stretch of text between special tokens. Each method returns false once `take` wants no more.
class Splitter {
 public:
  Splitter(const WordOptions& options, const Take& take) : options_(options), take_(take) {}

  bool split(std::string_view text) { return unicode::is_ascii(text) ? split_ascii(text) : split_unicode(text); }

 private:
  bool split_ascii(std::string_view text);
  bool split_unicode(std::string_view text);
  bool finish_chunk();
  bool emit_chunk(std::u32string_view chunk);
  bool emit(std::u32string_view word);
  bool emit_word();

  const WordOptions& options_;
  const Take& take_;
  std::string word_;      // the word that is being read, in UTF-8
  std::u32string chunk_;  // what stands between two spaces: a word, or several with punctuation
};

bool Splitter::split_ascii(std::string_view text) {
  if (!options_.lower_case && text.find('[') != std::string_view::npos) return split_unicode(text);  // see emit_chunk
  for (const char c : text) {
    const Kind kind = kKinds[static_cast<unsigned char>(c)];
    if (kind == Kind::kWord) {
      word_ += options_.lower_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    } else if (kind != Kind::kDropped) {
      if (!emit_word()) return false;
      if (kind == Kind::kPunctuation && !take_(std::string_view(&c, 1))) return false;
    }
  }
  return emit_word();
}

bool Splitter::split_unicode(std::string_view text) {
  std::u32string low;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = unicode::next(text, at);
    low.clear();
    if (options_.lower_case) {
      unicode::append_lower(low, c);
    } else {
      low += c;
    }
    for (const char32_t l : low) {
      const Kind kind = kind_of(l);
      if (kind == Kind::kDropped) continue;
      const bool alone = unicode::is_cjk(l);
      if ((kind == Kind::kSpace || alone) && !finish_chunk()) return false;
      if (kind != Kind::kSpace) chunk_ += l;
      if (alone && !finish_chunk()) return false;
    }
  }
  return finish_chunk();
}

bool Splitter::finish_chunk() {
  if (chunk_.empty()) return true;
  const bool ascii = std::all_of(chunk_.begin(), chunk_.end(), [](char32_t c) { return c < 0x80; });
  if (!ascii) {
    chunk_ = options_.strip_accents ? unicode::nfd(chunk_) : unicode::nfc(chunk_);
    if (options_.strip_accents) std::erase_if(chunk_, unicode::is_accent);
  }
  const bool more = chunk_.empty() || emit_chunk(chunk_);
  chunk_.clear();
  return more;
}

// Dropping a control character can make a special token ("[M\x01ASK]"), which transformers keeps whole if it stands
// alone; not so with lower_case, which has taken its capitals by then.
bool Splitter::emit_chunk(std::u32string_view chunk) {
  if (chunk.front() == '[' && chunk.size() > 1) {
    for (const char32_t c : chunk) unicode::append(word_, c);
    if (is_special_token(word_)) return emit_word();
    word_.clear();
  }
  size_t start = 0;
  for (size_t i = 0; i < chunk.size(); ++i) {
    if (!unicode::is_punctuation(chunk[i])) continue;
    if (!emit(chunk.substr(start, i - start)) || !emit(chunk.substr(i, 1))) return false;
    start = i + 1;
  }
  return emit(chunk.substr(start));
}

bool Splitter::emit(std::u32string_view word) {
  for (const char32_t c : word) unicode::append(word_, c);
  return emit_word();
}

/// Gives word_ away, if there is one.
bool Splitter::emit_word() {
  const bool more = word_.empty() || take_(word_);
  word_.clear();
  return more;
}

/// The special token that `text` starts with, or "".
std::string_view special_prefix(std::string_view text) {
  for (const auto token : kSpecialTokens) {
    if (text.starts_with(token)) return token;
  }
  return {};
}

}  // namespace

bool is_special_token(std::string_view word) {
  return std::find(kSpecialTokens.begin(), kSpecialTokens.end(), word) != kSpecialTokens.end();
}

void for_each_word(std::string_view text, const WordOptions& options, const Take& take) {
  Splitter splitter(options, take);
  size_t start = 0;
  for (size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at)) {
    const auto special = special_prefix(text.substr(at));
    if (special.empty()) {
      ++at;
      continue;
    }
    if (!splitter.split(text.substr(start, at - start)) || !take(special)) return;
    at += special.size();
    start = at;
  }
  splitter.split(text.substr(start));
}

bool has_words(std::string_view text, const WordOptions& options) {
  constexpr std::u32string_view kBlank = U"\u115f\u1160\u2800\u3164\uffa0";  // fillers of Hangul, blank of Braille
  bool any = false;
  for_each_word(text, options, [&](std::string_view word) {
    for (size_t at = 0; at < word.size();) any |= kBlank.find(unicode::next(word, at)) == std::u32string_view::npos;
    return !any;
  });
  return any;
}

}  // namespace albef
