// Token ids of several texts as one rectangle: the form in which texts pass from the data to the model. It lies here
// because the data know no LibTorch, and the model no data.
#pragma once
#include <cstdint>
#include <vector>

namespace albef {

struct TextBatch {
  int64_t size = 0;                   ///< B
  int64_t length = 0;                 ///< L: the longest text's, or the least length asked for
  std::vector<int64_t> ids = {};      ///< [B, L], filled up with the padding id
  std::vector<int64_t> lengths = {};  ///< [B] ids of each text that are no padding
};

TextBatch pad_texts(const std::vector<std::vector<int64_t>>& texts, int64_t pad_id, int64_t min_length = 0);

/// The texts of `a`, then those of `b`. Error unless both have the same length.
TextBatch join(const TextBatch& a, const TextBatch& b);

}  // namespace albef
