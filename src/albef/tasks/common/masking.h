// Which tokens masked language modelling hides (§3.2).
#pragma once
#include <cstdint>
#include <vector>

#include "albef/base/rng.h"
#include "albef/tasks/common/pair_batch.h"
#include "albef/tasks/common/step_keys.h"

namespace albef {

struct MaskingOptions {
  double probability = 0.15;  ///< that a token, or a word, is chosen
  int64_t vocab_size = 30522, pad = 0, cls = 101, mask = 103;
  /// [vocab_size] true for pieces that continue a word (`##...`): words are chosen, all their pieces together. Empty:
  /// each token is chosen by itself, as the authors do.
  std::vector<bool> continues = {};
};

/// The chosen places of a text, ascending, and their original ids.
struct MaskedTokens {
  std::vector<int64_t> places, labels;
};

/// Masks one text of `count` ids in place: each token (or word) but [PAD] and [CLS] is chosen with `probability`; of
/// the chosen tokens 80 % become [MASK], 10 % a random id, 10 % stay, each by its own draw.
MaskedTokens mask_tokens(int64_t* ids, size_t count, const MaskingOptions& options, Rng& rng);

/// Texts with some tokens masked, and which.
struct MaskedTexts {
  TextBatch texts;                           ///< lengths as before
  std::vector<std::vector<int64_t>> places;  ///< per text the chosen places, ascending; may be empty
  std::vector<int64_t> labels;               ///< the original ids, text after text
};

/// All texts of a batch, each by the random numbers of its sample: seed, epoch and number.
MaskedTexts mask_texts(const PairBatch& batch, const MaskingOptions& options, const StepKeys& keys);

}  // namespace albef
