#include "albef/tasks/common/masking.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace albef {
namespace {

constexpr int64_t kPad = 0, kCls = 2, kMask = 3, kVocabulary = 1000;
const MaskingOptions kOptions = {
    .probability = 0.15, .vocab_size = kVocabulary, .pad = kPad, .cls = kCls, .mask = kMask};

// [CLS], ids from 10 on, [PAD]
std::vector<int64_t> text(size_t count) {
  std::vector<int64_t> ids(count);
  for (size_t i = 0; i < count; ++i) ids[i] = 10 + static_cast<int64_t>(i * 7 % 900);
  ids.front() = kCls;
  ids.back() = kPad;
  return ids;
}

TEST(MaskTokens, LeavesPadAndClsAndEveryTokenThatIsNotChosen) {
  const auto before = text(64);
  for (uint64_t key = 0; key < 200; ++key) {
    auto ids = before;
    Rng rng(Purpose::kMask, {key});
    const auto masked = mask_tokens(ids.data(), ids.size(), kOptions, rng);
    ASSERT_EQ(masked.places.size(), masked.labels.size());
    ASSERT_TRUE(std::is_sorted(masked.places.begin(), masked.places.end()));
    for (size_t i = 0, chosen = 0; i < ids.size(); ++i) {
      if (chosen < masked.places.size() && masked.places[chosen] == static_cast<int64_t>(i)) {
        ASSERT_EQ(masked.labels[chosen++], before[i]);
        ASSERT_TRUE(before[i] != kPad && before[i] != kCls);
      } else {
        ASSERT_EQ(ids[i], before[i]);
      }
    }
  }
}

// Bounds of five standard deviations.
TEST(MaskTokens, ChoosesFifteenPercentAndTreatsThemEightyTenTen) {
  constexpr size_t kTokens = 400000;
  auto ids = text(kTokens);
  Rng rng(Purpose::kMask, {1});
  const auto masked = mask_tokens(ids.data(), ids.size(), kOptions, rng);
  const auto near = [](double part, double whole, double share) {
    return std::abs(part / whole - share) < 5 * std::sqrt(share * (1 - share) / whole);
  };
  const auto chosen = static_cast<double>(masked.places.size());
  EXPECT_TRUE(near(chosen, kTokens, 0.15)) << chosen;
  double hidden = 0, kept = 0, random = 0, random_sum = 0;
  for (size_t i = 0; i < masked.places.size(); ++i) {
    const int64_t now = ids[static_cast<size_t>(masked.places[i])];
    ASSERT_GE(now, 0);
    ASSERT_LT(now, kVocabulary);
    if (now == kMask) {
      ++hidden;
    } else if (now == masked.labels[i]) {
      ++kept;
    } else {
      ++random;
      random_sum += static_cast<double>(now);
    }
  }
  EXPECT_TRUE(near(hidden, chosen, 0.8)) << hidden / chosen;
  EXPECT_TRUE(near(kept, chosen, 0.1)) << kept / chosen;
  EXPECT_TRUE(near(random, chosen, 0.1)) << random / chosen;
  EXPECT_NEAR(random_sum / random / kVocabulary, 0.5, 5 * std::sqrt(1 / 12.0 / random));  // of the whole vocabulary
}

TEST(MaskTokens, FollowsItsGeneratorAlone) {
  const auto mask = [](uint64_t key) {
    auto ids = text(200);
    Rng rng(Purpose::kMask, {key});
    mask_tokens(ids.data(), ids.size(), kOptions, rng);
    return ids;
  };
  EXPECT_EQ(mask(1), mask(1));
  EXPECT_NE(mask(1), mask(2));
}

TEST(MaskTokens, TakesProbabilitiesZeroAndOne) {
  for (const double probability : {0.0, 1.0}) {
    auto options = kOptions;
    options.probability = probability;
    auto ids = text(50);
    Rng rng(Purpose::kMask, {1});
    EXPECT_EQ(mask_tokens(ids.data(), ids.size(), options, rng).places.size(), probability > 0 ? 48U : 0U);
  }
}

// Words of one to three pieces: ids 500 and above continue a word.
std::vector<int64_t> words(size_t count) {
  std::vector<int64_t> ids = {kCls};
  for (int64_t n = 0; ids.size() < count; ++n) {
    ids.push_back(10 + n % 400);
    for (int64_t piece = 0; piece < n % 3; ++piece) ids.push_back(500 + (n + piece) % 400);
  }
  return ids;
}

MaskingOptions word_options() {
  auto options = kOptions;
  for (int64_t id = 0; id < kVocabulary; ++id) options.continues.push_back(id >= 500);
  return options;
}

TEST(MaskWords, ChoosesAllPiecesOfAWordOrNone) {
  const auto before = words(200000);
  auto ids = before;
  Rng rng(Purpose::kMask, {1});
  const auto masked = mask_tokens(ids.data(), ids.size(), word_options(), rng);
  std::vector<bool> chosen(ids.size(), false);
  for (size_t i = 0; i < masked.places.size(); ++i) {
    chosen[static_cast<size_t>(masked.places[i])] = true;
    ASSERT_EQ(masked.labels[i], before[static_cast<size_t>(masked.places[i])]);
  }
  ASSERT_TRUE(std::is_sorted(masked.places.begin(), masked.places.end()));
  double starts = 0, chosen_starts = 0, hidden = 0;
  for (size_t i = 1; i < ids.size(); ++i) {
    if (before[i] >= 500) {
      ASSERT_EQ(chosen[i], chosen[i - 1]) << i;
    } else {
      ++starts;
      chosen_starts += chosen[i];
    }
    if (!chosen[i]) {
      ASSERT_EQ(ids[i], before[i]);
    }
    hidden += ids[i] == kMask;
  }
  const auto count = static_cast<double>(masked.places.size());
  EXPECT_NEAR(chosen_starts / starts, 0.15, 5 * std::sqrt(0.15 * 0.85 / starts));
  EXPECT_NEAR(hidden / count, 0.8, 5 * std::sqrt(0.8 * 0.2 / count));
  EXPECT_NEAR(count / static_cast<double>(ids.size()), 0.15, 0.005);
}

TEST(MaskWords, TreatsThePiecesOfAWordEachByItself) {
  auto options = word_options();
  options.probability = 1;
  size_t mixed = 0;
  for (uint64_t key = 0; key < 100; ++key) {
    std::vector<int64_t> ids = {kCls, 10, 500, 501};
    Rng rng(Purpose::kMask, {key});
    EXPECT_EQ(mask_tokens(ids.data(), ids.size(), options, rng).places, (std::vector<int64_t>{1, 2, 3}));
    const auto hidden = std::count(ids.begin(), ids.end(), kMask);
    mixed += hidden > 0 && hidden < 3;
  }
  EXPECT_GT(mixed, 20U);  // 1 - 0.8³ - 0.2³ of 100
}

TEST(MaskWords, LeavesClsAndPadWherePiecesFollowThem) {
  auto options = word_options();
  options.probability = 1;
  std::vector<int64_t> ids = {kCls, 500, 501, 10, kPad};
  Rng rng(Purpose::kMask, {1});
  EXPECT_EQ(mask_tokens(ids.data(), ids.size(), options, rng).places, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(ids.front(), kCls);
  EXPECT_EQ(ids.back(), kPad);
}

TEST(MaskWords, OfOnePieceAreMaskedAsTokensAre) {
  const auto before = text(300);
  auto tokens = before, by_word = before;
  auto options = kOptions;
  options.continues.assign(kVocabulary, false);
  Rng one(Purpose::kMask, {1}), other(Purpose::kMask, {1});
  mask_tokens(tokens.data(), tokens.size(), kOptions, one);
  mask_tokens(by_word.data(), by_word.size(), options, other);
  EXPECT_EQ(tokens, by_word);
}

// The keys that a seed has always meant: a run of today gives the numbers of yesterday.
TEST(MaskTokens, DrawsWhatItAlwaysDrew) {
  std::vector<int64_t> ids(12);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = 10 + static_cast<int64_t>(i);
  auto options = kOptions;
  options.probability = 0.5;
  Rng rng(Purpose::kMask, {42, 0, 7});
  const auto masked = mask_tokens(ids.data(), ids.size(), options, rng);
  EXPECT_EQ(masked.places, (std::vector<int64_t>{3, 4, 5, 6, 9, 10}));
  EXPECT_EQ(ids, (std::vector<int64_t>{10, 11, 12, 3, 14, 646, 253, 17, 18, 3, 3, 21}));
}

}  // namespace
}  // namespace albef
