#include "albef/data/seen_pictures.h"

#include <algorithm>
#include <numeric>

#include "albef/data/near_duplicates.h"

namespace albef {
namespace {

using Numbers = std::span<const uint32_t>;  // of pictures that were seen

/// A group that may be shown: those whose pictures are nearest to their first come first, of equally near ones the
/// largest. So copies come before chains of pictures that only resemble each other.
struct Shown {
  int apart = 0;
  PictureGroup group;
};

class Comparison {
 public:
  Comparison(const ListsToCheck& lists, const std::vector<NamedPicture>& named, const std::vector<SeenPicture>& seen,
             DataCheck& check)
      : lists_(lists), named_(named), seen_(seen), check_(check) {}

  /// Pictures of a run of `order` have equal keys; each run's are in the order of their numbers.
  template <class Key, class Take>
  void for_each_run(const Key& key, const Take& take) const {
    std::vector<uint32_t> order(seen_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return std::pair(key(a), a) < std::pair(key(b), b); });
    for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
      while (end < order.size() && key(order[end]) == key(order[begin])) ++end;
      if (end - begin > 1) take(Numbers(order).subspan(begin, end - begin));
    }
  }

  void equal_files() {
    for_each_run([this](uint32_t i) { return std::pair(seen_[i].bytes_hash, seen_[i].bytes); },
                 [this](Numbers run) {
                   add_group(train_of(run), check_.picture.same_bytes, same_bytes_);
                   add_overlap(run, run, check_.overlap.same_bytes);
                 });
  }

  void alike_files() {
    std::vector<PictureLook> looks;
    looks.reserve(seen_.size());
    for (const SeenPicture& picture : seen_) looks.push_back(picture.look);
    const std::vector<uint32_t> groups = alike_groups(looks);
    for_each_run([&](uint32_t i) { return groups[i]; },
                 [this](Numbers run) {
                   const std::vector<uint32_t> different = one_of_equals(run);
                   if (different.size() < 2) return;
                   add_group(train_of(different), check_.picture.alike, alike_);
                   add_overlap(run, run, check_.overlap.alike);
                 });
  }

  void finish() {
    take_best(same_bytes_, check_.picture.same_bytes);
    take_best(alike_, check_.picture.alike);
  }

 private:
  const NamedPicture& named(uint32_t i) const { return named_[seen_[i].number]; }

  std::vector<uint32_t> train_of(Numbers run) const {
    std::vector<uint32_t> train;
    std::copy_if(run.begin(), run.end(), std::back_inserter(train), [this](uint32_t i) { return named(i).train; });
    return train;
  }

  /// Of those with equal bytes the first that is to be trained on, or else the first.
  std::vector<uint32_t> one_of_equals(Numbers run) const {
    std::vector<uint32_t> order(run.begin(), run.end());
    const auto key = [this](uint32_t i) { return std::tuple(seen_[i].bytes_hash, seen_[i].bytes, !named(i).train, i); };
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
    const auto equal = [this](uint32_t a, uint32_t b) {
      return seen_[a].bytes_hash == seen_[b].bytes_hash && seen_[a].bytes == seen_[b].bytes;
    };
    order.erase(std::unique(order.begin(), order.end(), equal), order.end());
    std::sort(order.begin(), order.end());
    return order;
  }

  PictureGroup group_of(Numbers numbers) const {
    PictureGroup group{.size = numbers.size()};
    for (const uint32_t i : numbers.first(std::min(numbers.size(), kMostShown)))
      group.pictures.push_back(lists_.listed(named(i).record));
    return group;
  }

  void add_group(const std::vector<uint32_t>& numbers, PictureGroups& groups, std::vector<Shown>& kept) {
    if (numbers.size() < 2) return;
    ++groups.groups;
    groups.pictures += numbers.size();
    kept.push_back({apart(numbers), group_of(numbers)});
    if (kept.size() >= 4 * kMostExamples) keep_best(kept);
  }

  int apart(Numbers numbers) const {
    int most = 0;
    for (const uint32_t i : numbers) most = std::max(most, bits_apart(seen_[numbers.front()].look, seen_[i].look));
    return most;
  }

  static void keep_best(std::vector<Shown>& kept) {
    std::stable_sort(kept.begin(), kept.end(), [](const Shown& a, const Shown& b) {
      return a.apart != b.apart ? a.apart < b.apart : a.group.size > b.group.size;
    });
    if (kept.size() > kMostExamples) kept.resize(kMostExamples);
  }

  static void take_best(std::vector<Shown>& kept, PictureGroups& groups) {
    keep_best(kept);
    for (Shown& shown : kept) groups.examples.push_back(std::move(shown.group));
  }

  /// Counts those of `tests` that are held out alone, were not counted yet, and have one to train on in `run`.
  void add_overlap(Numbers tests, Numbers run, uint64_t& count) {
    const std::vector<uint32_t> train = train_of(run);
    if (train.empty()) return;
    for (const uint32_t i : tests) {
      if (named(i).train || counted_[i]) continue;
      counted_[i] = true;
      ++count;
      if (check_.overlap.examples.size() >= kMostExamples) continue;
      std::vector<uint32_t> shown = {i};
      shown.insert(shown.end(), train.begin(), train.end());
      check_.overlap.examples.push_back(group_of(shown));
    }
  }

  const ListsToCheck& lists_;
  const std::vector<NamedPicture>& named_;
  const std::vector<SeenPicture>& seen_;
  DataCheck& check_;
  std::vector<Shown> same_bytes_, alike_;
  std::vector<bool> counted_ = std::vector<bool>(seen_.size());
};

}  // namespace

void compare_pictures(const ListsToCheck& lists, const std::vector<NamedPicture>& named,
                      const std::vector<SeenPicture>& seen, DataCheck& check) {
  Comparison comparison(lists, named, seen, check);
  comparison.equal_files();
  comparison.alike_files();
  comparison.finish();
}

}  // namespace albef
