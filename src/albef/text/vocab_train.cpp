#include "albef/text/vocab_train.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <utility>

#include "albef/base/error.h"
#include "albef/text/unicode.h"

namespace albef {
namespace {

struct Word {
  std::vector<uint32_t> pieces;
  int64_t count;
};

using Pair = std::pair<uint32_t, uint32_t>;
struct PairHash {
  size_t operator()(const Pair& pair) const {
    return std::hash<uint64_t>{}((uint64_t{pair.first} << 32 | pair.second) * 0x9e3779b97f4a7c15ULL);
  }
};

/// Pieces by id; equal texts have one id, however they came about.
class Pieces {
 public:
  uint32_t add(const std::string& text) {
    const auto [entry, is_new] = ids_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(text);
    return entry->second;
  }
  const uint32_t* find(const std::string& text) const {
    const auto found = ids_.find(text);
    return found == ids_.end() ? nullptr : &found->second;
  }
  uint32_t merge(const Pair& pair) {
    return add(texts_[pair.first] + texts_[pair.second].substr(kContinuation.size()));
  }
  size_t size() const { return texts_.size(); }
  std::string lines() const {
    std::string out;
    for (const auto& text : texts_) out.append(text).append("\n");
    return out;
  }

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, uint32_t> ids_;
};

/// Counts neighbouring pieces over all words and keeps the counts while pairs are merged.
class Merger {
 public:
  explicit Merger(std::vector<Word> words) : words_(std::move(words)) {
    for (size_t i = 0; i < words_.size(); ++i) {
      count(i, 1);
      for_each_pair(words_[i].pieces, [&](const Pair& pair) { seen_[pair].words.push_back(i); });
    }
    for (const auto& [pair, seen] : seen_) queue_.push({seen.count, pair});
  }

  /// The most frequent pair, of equal ones the one with the smallest ids; its count, or 0 if there is none.
  int64_t top(Pair& pair) {
    while (!queue_.empty()) {
      const auto entry = queue_.top();
      const int64_t now = seen_[entry.pair].count;
      pair = entry.pair;
      if (now == entry.count) return now;
      queue_.pop();  // has become rarer since, or more frequent and is in the queue as such
      if (now > 0 && now < entry.count) queue_.push({now, entry.pair});
    }
    return 0;
  }

  void merge(const Pair& pair, uint32_t merged) {
    auto holders = std::exchange(seen_[pair].words, {});
    std::sort(holders.begin(), holders.end());
    holders.erase(std::unique(holders.begin(), holders.end()), holders.end());
    std::vector<Pair> grown;  // only pairs with the new piece can have become more frequent
    for (const size_t word : holders) {
      count(word, -1);
      replace(words_[word].pieces, pair, merged);
      count(word, 1);
      for_each_pair(words_[word].pieces, [&](const Pair& made) {
        if (made.first != merged && made.second != merged) return;
        seen_[made].words.push_back(word);
        grown.push_back(made);
      });
    }
    for (const Pair& made : grown) queue_.push({seen_[made].count, made});
  }

 private:
  struct Seen {
    int64_t count = 0;
    std::vector<size_t> words;  // where it has been seen; some may hold it no more
  };
  struct Entry {
    int64_t count;
    Pair pair;
    bool operator<(const Entry& other) const { return std::pair(count, other.pair) < std::pair(other.count, pair); }
  };

  template <class Visit>
  static void for_each_pair(const std::vector<uint32_t>& pieces, const Visit& visit) {
    for (size_t i = 0; i + 1 < pieces.size(); ++i) visit(Pair{pieces[i], pieces[i + 1]});
  }

  void count(size_t word, int sign) {
    for_each_pair(words_[word].pieces, [&](const Pair& pair) { seen_[pair].count += sign * words_[word].count; });
  }

  static void replace(std::vector<uint32_t>& pieces, const Pair& pair, uint32_t merged) {
    size_t kept = 0;
    for (size_t i = 0; i < pieces.size(); ++i) {
      const bool here = i + 1 < pieces.size() && pieces[i] == pair.first && pieces[i + 1] == pair.second;
      pieces[kept++] = here ? merged : pieces[i];
      if (here) ++i;
    }
    pieces.resize(kept);
  }

  std::vector<Word> words_;
  std::unordered_map<Pair, Seen, PairHash> seen_;
  std::priority_queue<Entry> queue_;
};

std::vector<std::string> characters(const std::string& word) {
  std::vector<std::string> out;
  for (size_t at = 0; at < word.size();) {
    const size_t start = at;
    unicode::next(word, at);
    out.push_back(word.substr(start, at - start));
  }
  return out;
}

using WordCounts = std::vector<std::pair<std::string, int64_t>>;

struct Character {
  std::string text;
  int64_t count = 0;
  bool joined = false;  // seen within a longer word, so it needs a ## form too
};

/// The characters that are seen often enough, most frequent first.
std::vector<Character> alphabet(const WordCounts& counts, int64_t min_frequency) {
  std::unordered_map<std::string, Character> seen;
  for (const auto& [word, count] : counts) {
    const auto parts = characters(word);
    for (const auto& text : parts) {
      Character& character = seen[text];
      character.text = text;
      character.count += count;
      character.joined |= parts.size() > 1;
    }
  }
  std::vector<Character> out;
  for (auto& entry : seen) {
    if (entry.second.count >= min_frequency) out.push_back(std::move(entry.second));
  }
  std::sort(out.begin(), out.end(), [](const Character& a, const Character& b) {
    return a.count != b.count ? a.count > b.count : a.text < b.text;
  });
  return out;
}

/// Words as characters; a word with a character that was left out cannot be written and is passed over.
std::vector<Word> spell(const WordCounts& counts, const Pieces& pieces) {
  std::vector<Word> words;
  for (const auto& [text, count] : counts) {
    Word word{.pieces = {}, .count = count};
    const auto parts = characters(text);
    for (const auto& part : parts) {
      const auto* id = pieces.find(word.pieces.empty() ? part : std::string(kContinuation) + part);
      if (!id) break;
      word.pieces.push_back(*id);
    }
    if (word.pieces.size() == parts.size() && parts.size() > 1) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

VocabTrainer::VocabTrainer(const VocabTrainOptions& options) : options_(options) {
  if (options.size < kMinVocabSize || options.size > kMaxVocabSize) {
    fail("vocabulary size ", options.size, ": expected ", kMinVocabSize, " to ", kMaxVocabSize);
  }
  if (options.min_frequency < 1) fail("min_frequency ", options.min_frequency, ": expected at least 1");
}

void VocabTrainer::add(std::string_view caption) {
  for_each_word(caption, options_.words, [&](std::string_view word) {
    if (is_special_token(word)) return true;
    ++words_;
    ++counts_[std::string(word)];
    return true;
  });
}

// Characters that words are made of come first: without them there is nothing to merge. One that always stands alone
// (a Chinese character, a punctuation mark) is a word by itself and competes with the merges by its frequency.
Vocabulary VocabTrainer::train() const {
  if (counts_.empty()) fail("the captions hold no words to train a vocabulary on");
  WordCounts counts;
  for (const auto& entry : counts_) {
    if (characters(entry.first).size() <= kMaxWordCharacters) counts.emplace_back(entry);  // longer ones are [UNK]
  }
  std::sort(counts.begin(), counts.end());
  const auto size = static_cast<size_t>(options_.size);
  Pieces pieces;
  for (const auto token : kSpecialTokens) pieces.add(std::string(token));
  std::vector<Character> alone;
  for (const auto& character : alphabet(counts, options_.min_frequency)) {
    if (!character.joined) {
      alone.push_back(character);
    } else if (pieces.size() + 2 <= size) {
      pieces.add(character.text);
      pieces.add(std::string(kContinuation).append(character.text));
    }
  }
  Merger merger(spell(counts, pieces));
  Pair pair;
  for (auto next = alone.begin(); pieces.size() < size;) {
    const int64_t frequency = std::max(merger.top(pair), options_.min_frequency);
    if (next != alone.end() && next->count >= frequency) {
      pieces.add((next++)->text);
    } else if (merger.top(pair) >= frequency) {
      merger.merge(pair, pieces.merge(pair));
    } else {
      break;
    }
  }
  return Vocabulary::from_text(pieces.lines(), options_.words, "trained vocabulary");
}

Vocabulary train_vocabulary(const std::vector<std::string>& captions, const VocabTrainOptions& options) {
  VocabTrainer trainer(options);
  for (const auto& caption : captions) trainer.add(caption);
  return trainer.train();
}

}  // namespace albef
