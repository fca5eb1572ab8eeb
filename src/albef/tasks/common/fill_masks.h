// Masked words filled in: what the model expects in place of a word, from the words around it and the picture.
#pragma once
#include <string>
#include <vector>

#include "albef/model/albef.h"
#include "albef/model/compute.h"
#include "albef/text/tokenizer.h"

namespace albef {

struct MaskGuess {
  std::string token;
  double probability = 0;
};

struct FilledMask {
  size_t place = 0;                ///< in the text's ids; 0 is [CLS]
  std::vector<MaskGuess> guesses;  ///< the likeliest first
};

/// Masks the tokens at `places` of `ids` ([CLS] first) one at a time and reads off the MLM head's `top` likeliest
/// tokens of the vocabulary. `image_tokens` [1, P, D]. The encoders are in eval mode; throws c10::Error for a place
/// outside ids.
std::vector<FilledMask> fill_masks(Encoders& encoders, const Vocabulary& vocabulary, const torch::Tensor& image_tokens,
                                   const std::vector<int64_t>& ids, const std::vector<size_t>& places, int64_t top,
                                   const ComputeOptions& compute);

/// The places worth asking for, ascending: of the words that are a single token, the `count` longest, earlier ones
/// first where equally long; pieces of words only where there is no whole one.
std::vector<size_t> telling_places(const Vocabulary& vocabulary, const std::vector<int64_t>& ids, size_t count);

}  // namespace albef
