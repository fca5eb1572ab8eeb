// Sentences about two pictures in the manner of NLVR2, where the words alone do not tell whether they are true: each
// stands with one pair of pictures of which it is true and one of which it is false.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "albef/synth/scene.h"

namespace albef::synth {

inline constexpr size_t kPairsASet = 4;  ///< as in NLVR2, whose writers saw four pairs at a time

struct PairSentence {
  size_t sentence, pair;  ///< numbers within the set, from 0
  std::string text;
  bool truth;
};

/// The sentences of a set of pairs: scenes 0 and 1 (left and right), 2 and 3, ... Each sentence is in it twice, once
/// true and once not even loosely true, about different pairs; each pair has two that are true of it and two that are
/// false. Ordered by sentence, then by pair. Fewer where none was found; none at all from less than two pairs.
std::vector<PairSentence> make_pair_sentences(std::span<const Scene> set);

/// Pairs `begin` to `end` - 1 of a split make a set. All have kPairsASet, save that the last ones may be fewer or one
/// more.
struct PairSet {
  size_t begin, end;
};
std::vector<PairSet> pair_sets(size_t pairs);

}  // namespace albef::synth
