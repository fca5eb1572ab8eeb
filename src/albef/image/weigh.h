// Weighted means of rows of bytes in fixed point: the inner loop of resizing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace albef {

constexpr int kWeightBits = 22;  ///< fractional bits of a weight

/// The weights of two rows that follow each other, each as 2^11 high + low with 0 <= low < 2^11: so a product with a
/// byte and the sum of the two are what processors have one instruction for.
struct WeightPair {
  int16_t high[2] = {}, low[2] = {};

  void set(int row, int32_t weight) {
    high[row] = static_cast<int16_t>(weight >> 11);
    low[row] = static_cast<int16_t>(weight & 0x7ff);
  }
};

/// to[i] = the sum of weight t times byte i of row t for the `count` rows that lie `stride` bytes apart from `from` on,
/// rounded and clamped to a byte. Weights are in units of 2^-22; their sizes sum to less than 2, in those of 1.
void weigh(const uint8_t* from, size_t stride, const WeightPair* weights, int count, size_t bytes, uint8_t* to);

/// The same as any processor can do it.
void weigh_portably(const uint8_t* from, size_t stride, const WeightPair* weights, int count, size_t bytes,
                    uint8_t* to);

}  // namespace albef
