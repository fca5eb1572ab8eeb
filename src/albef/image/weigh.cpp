#include "albef/image/weigh.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define ALBEF_AVX2 __attribute__((target("avx2")))
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-pre")  // else GCC copies every sum in every round: a sixth of the time
#endif

namespace albef {
namespace {

constexpr int kLowBits = 11;
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

#if defined(__x86_64__)

int32_t both(const int16_t (&weights)[2]) {
  int32_t both;
  std::memcpy(&both, weights, sizeof both);
  return both;
}

/// Of 8 columns.
struct Sums {
  __m256i high, low;
};

ALBEF_AVX2 inline Sums plus(const Sums& sums, __m256i levels, __m256i high, __m256i low) {
  return {_mm256_add_epi32(sums.high, _mm256_madd_epi16(levels, high)),
          _mm256_add_epi32(sums.low, _mm256_madd_epi16(levels, low))};
}

ALBEF_AVX2 inline __m256i rounded(const Sums& sums) {
  return _mm256_srai_epi32(_mm256_add_epi32(_mm256_slli_epi32(sums.high, kLowBits), sums.low), kWeightBits);
}

// 32 columns. Unpacking puts a column's two bytes beside each other, in four registers of 8 columns that are not
// neighbours; packing puts them back in order.
ALBEF_AVX2 __m256i block(const uint8_t* from, size_t stride, const WeightPair* weights, int count) {
  const __m256i zero = _mm256_setzero_si256();
  Sums a{zero, _mm256_set1_epi32(kHalf)}, b = a, c = a, d = a;
  for (int t = 0; t < count; t += 2, from += 2 * stride) {
    const __m256i upper = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i lower = t + 1 < count ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + stride)) : zero;
    const __m256i high = _mm256_set1_epi32(both(weights[t / 2].high));
    const __m256i low = _mm256_set1_epi32(both(weights[t / 2].low));
    const __m256i first = _mm256_unpacklo_epi8(upper, lower), second = _mm256_unpackhi_epi8(upper, lower);
    a = plus(a, _mm256_unpacklo_epi8(first, zero), high, low);
    b = plus(b, _mm256_unpackhi_epi8(first, zero), high, low);
    c = plus(c, _mm256_unpacklo_epi8(second, zero), high, low);
    d = plus(d, _mm256_unpackhi_epi8(second, zero), high, low);
  }
  return _mm256_packus_epi16(_mm256_packs_epi32(rounded(a), rounded(b)), _mm256_packs_epi32(rounded(c), rounded(d)));
}

// 32 bytes at a time, the last moved back to end where the row does.
ALBEF_AVX2 void weigh_by_avx2(const uint8_t* from, size_t stride, const WeightPair* weights, int count, size_t bytes,
                              uint8_t* to) {
  constexpr size_t kBlock = 32;
  if (bytes < kBlock) return weigh_portably(from, stride, weights, count, bytes, to);
  for (size_t start = 0; start < bytes; start += kBlock) {
    const size_t at = std::min(start, bytes - kBlock);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), block(from + at, stride, weights, count));
  }
}

#endif

}  // namespace

void weigh_portably(const uint8_t* from, size_t stride, const WeightPair* weights, int count, size_t bytes,
                    uint8_t* to) {
  constexpr size_t kBlock = 48;  // sums that stay close to the processor
  for (size_t start = 0; start < bytes; start += kBlock) {
    const size_t size = std::min(kBlock, bytes - start);
    int32_t high[kBlock] = {}, low[kBlock] = {};
    for (int t = 0; t < count; ++t) {
      const uint8_t* row = from + t * stride + start;
      const int16_t high_weight = weights[t / 2].high[t % 2], low_weight = weights[t / 2].low[t % 2];
      for (size_t i = 0; i < size; ++i) {
        high[i] += row[i] * high_weight;
        low[i] += row[i] * low_weight;
      }
    }
    for (size_t i = 0; i < size; ++i) {
      const int32_t sum = high[i] * (1 << kLowBits) + low[i] + kHalf;
      to[start + i] = static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
    }
  }
}

void weigh(const uint8_t* from, size_t stride, const WeightPair* weights, int count, size_t bytes, uint8_t* to) {
#if defined(__x86_64__)
  static const bool avx2 = __builtin_cpu_supports("avx2");
  if (avx2) return weigh_by_avx2(from, stride, weights, count, bytes, to);
#endif
  weigh_portably(from, stride, weights, count, bytes, to);
}

}  // namespace albef
