#include "albef/data/check_captions.h"

#include <algorithm>
#include <unordered_map>

#include "albef/base/progress.h"
#include "albef/base/rng.h"
#include "albef/data/prefetch.h"
#include "albef/text/clean.h"
#include "albef/text/scripts.h"

namespace albef {
namespace {

constexpr size_t kAnyWords = SIZE_MAX;
constexpr size_t kMostUnknownWords = 1 << 20;  // of which the frequency is counted
constexpr uint64_t kRecordsAtOnce = 1024;

/// One pair: hashes of its caption, cleaned, and of its picture's name; its number among all captions.
struct PairKey {
  uint64_t caption, picture, number;
  auto operator<=>(const PairKey&) const = default;
};

using WordCounts = std::unordered_map<std::string, uint64_t>;

/// What some records add.
struct Found {
  CaptionCheck check;
  WordCounts unknown_words;
  std::vector<PairKey> pairs;
};

class Reader {
 public:
  Reader(const ListsToCheck& lists, const DataCheckOptions& options) : lists_(lists), options_(options) {
    if (options.vocabulary) tokenizer_.emplace(*options.vocabulary);
  }

  Found read(uint64_t begin, uint64_t end) const {
    Found found;
    for (uint64_t record = begin; record < end; ++record) {
      const uint64_t picture = mix_bytes(lists_.image(record)), first = lists_.first_caption(record);
      for (uint64_t i = 0; i < lists_.caption_count(record); ++i) {
        const std::string_view caption = lists_.caption(record, i);
        const std::string words = pre_caption(caption, kAnyWords, lower_case());
        found.pairs.push_back({mix_bytes(words), picture, first + i});
        if (!lists_.is_test_record(record)) add(caption, words, found);
      }
    }
    return found;
  }

 private:
  bool lower_case() const { return !options_.vocabulary || options_.vocabulary->options().lower_case; }

  void add(std::string_view caption, const std::string& words, Found& found) const {
    CaptionCheck& check = found.check;
    const auto spaces = static_cast<uint64_t>(std::count(words.begin(), words.end(), ' '));
    check.words.add(words.empty() ? 0 : spaces + 1);
    check.nothing_left += words.empty();
    ++check.scripts[script_of(caption)];
    if (!tokenizer_) return;
    const std::string read = pre_caption(caption, static_cast<size_t>(options_.max_words), lower_case());
    const std::vector<int64_t> ids = tokenizer_->encode(read);
    const auto unknown = std::count(ids.begin(), ids.end(), tokenizer_->vocabulary().unk());
    check.tokens.add(ids.size());
    check.pieces += ids.size() - 1;  // without [CLS]
    check.unknown += static_cast<uint64_t>(unknown);
    if (unknown > 0) add_unknown_words(read, found.unknown_words);
  }

  void add_unknown_words(const std::string& read, WordCounts& counts) const {
    const int64_t unk = tokenizer_->vocabulary().unk();
    for_each_word(read, tokenizer_->vocabulary().options(), [&](std::string_view word) {
      const std::vector<int64_t> ids = tokenizer_->encode(word);
      if (std::find(ids.begin(), ids.end(), unk) != ids.end()) ++counts[std::string(word)];
      return true;
    });
  }

  const ListsToCheck& lists_;
  const DataCheckOptions& options_;
  std::optional<Tokenizer> tokenizer_;
};

void merge(const Found& found, CaptionCheck& check, WordCounts& unknown_words) {
  check.words.add(found.check.words);
  check.tokens.add(found.check.tokens);
  check.nothing_left += found.check.nothing_left;
  check.pieces += found.check.pieces;
  check.unknown += found.check.unknown;
  for (const auto& [script, count] : found.check.scripts) check.scripts[script] += count;
  for (const auto& [word, count] : found.unknown_words) {
    if (unknown_words.size() < kMostUnknownWords || unknown_words.contains(word)) unknown_words[word] += count;
  }
}

/// Largest counts first, of equal ones in the order of the texts.
std::vector<std::pair<std::string, uint64_t>> most_frequent(const WordCounts& counts) {
  std::vector<std::pair<std::string, uint64_t>> all(counts.begin(), counts.end());
  const auto before = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kMostExamples));
  std::partial_sort(all.begin(), end, all.end(), before);
  all.erase(end, all.end());
  return all;
}

/// Pairs begin..end have one caption; those to train on come first for each picture.
class SameCaption {
 public:
  SameCaption(const ListsToCheck& lists, std::span<const PairKey> pairs) {
    bool has_last = false;
    uint64_t last = 0;  // picture of the last pair to train on
    for (const PairKey& pair : pairs) {
      if (lists.is_test_caption(pair.number)) {
        ++test;
        continue;
      }
      ++train;
      first = std::min(first, pair.number);
      pictures += !has_last || pair.picture != last;
      has_last = true;
      last = pair.picture;
    }
  }

  uint64_t train = 0, test = 0;  // pairs
  uint64_t pictures = 0;         // different ones, of those to train on
  uint64_t first = UINT64_MAX;   // number of its first caption
};

/// Keeps the few largest, and of equal ones those that are added first.
class Largest {
 public:
  void add(uint64_t size, uint64_t number) {
    kept_.emplace_back(UINT64_MAX - size, number);
    std::push_heap(kept_.begin(), kept_.end());
    if (kept_.size() <= kMostExamples) return;
    std::pop_heap(kept_.begin(), kept_.end());
    kept_.pop_back();
  }
  /// Number and size of each, the largest first.
  std::vector<std::pair<uint64_t, uint64_t>> all() const {
    auto sorted = kept_;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::pair<uint64_t, uint64_t>> result;
    for (const auto& [key, number] : sorted) result.emplace_back(number, UINT64_MAX - key);
    return result;
  }

 private:
  std::vector<std::pair<uint64_t, uint64_t>> kept_;
};

void compare(const ListsToCheck& lists, std::vector<PairKey> pairs, DataCheck& check) {
  std::sort(pairs.begin(), pairs.end());
  Largest shared, overlapping;
  CaptionCheck& captions = check.captions;
  for (size_t begin = 0, end = 0; begin < pairs.size(); begin = end) {
    while (end < pairs.size() && pairs[end].caption == pairs[begin].caption) ++end;
    const SameCaption same(lists, std::span(pairs).subspan(begin, end - begin));
    if (same.train == 0) continue;
    ++captions.different;
    captions.repeated_pairs += same.train - same.pictures;
    if (same.pictures > 1) {
      ++captions.of_several;
      captions.of_several_pairs += same.train;
      shared.add(same.pictures, same.first);
    }
    if (same.test > 0) {
      check.overlap.captions += same.test;
      overlapping.add(same.test, same.first);
    }
  }
  for (const auto& [number, size] : shared.all()) captions.most_pictures.emplace_back(lists.caption(number), size);
  for (const auto& [number, size] : overlapping.all())
    check.overlap.caption_examples.emplace_back(lists.caption(number));
}

}  // namespace

void check_captions(const ListsToCheck& lists, const DataCheckOptions& options, DataCheck& check) {
  const Reader reader(lists, options);
  const uint64_t parts = (lists.records() + kRecordsAtOnce - 1) / kRecordsAtOnce;
  const auto make = [&](uint64_t part, const std::stop_token&) {
    return reader.read(part * kRecordsAtOnce, std::min((part + 1) * kRecordsAtOnce, lists.records()));
  };
  std::vector<PairKey> pairs;
  pairs.reserve(lists.captions());
  WordCounts unknown_words;
  {
    Progress bar("captions", static_cast<int64_t>(lists.captions()), "captions");
    OrderedPrefetcher<Found> ahead(make, 0, parts, options.threads, 4 * options.threads);
    while (const auto found = ahead.next()) {
      merge(*found, check.captions, unknown_words);
      pairs.insert(pairs.end(), found->pairs.begin(), found->pairs.end());
      bar.add(static_cast<int64_t>(found->pairs.size()));
    }
  }
  check.captions.unknown_words = most_frequent(unknown_words);
  compare(lists, std::move(pairs), check);
}

}  // namespace albef
