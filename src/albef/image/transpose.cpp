#include "albef/image/transpose.h"

#include <algorithm>
#include <cstring>

#include "albef/image/fast_loop.h"

namespace albef {
namespace {

constexpr int kBlock = 16;
using Half [[gnu::vector_size(kBlock)]] = uint8_t;
using Line [[gnu::vector_size(2 * kBlock)]] = uint8_t;  // of two blocks beside each other

// Two 16 x 16 blocks at once: row r becomes column r. Interleaving line i with line i + 8, four times over, is a
// transposition.
[[gnu::always_inline]] inline void transpose(Line (&lines)[kBlock]) {
  for (int round = 0; round < 4; ++round) {
    Line mixed[kBlock];
    for (int i = 0; i < kBlock / 2; ++i) {
      const Line a = lines[i], b = lines[i + kBlock / 2];
      mixed[2 * i] = __builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39,  //
                                             16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55);
      mixed[2 * i + 1] = __builtin_shufflevector(a, b, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47,  //
                                                 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63);
    }
    std::memcpy(lines, mixed, sizeof lines);
  }
}

}  // namespace

static_assert(kStrip == 2 * kBlock);

// Sixteen bytes of each row at a time, the last sixteen moved back to end with the row.
ALBEF_FAST_LOOP void strip_to_columns(const uint8_t* const rows[kStrip], size_t bytes, uint8_t* columns) {
  if (bytes < kBlock) {
    for (size_t i = 0; i < bytes; ++i) {
      for (int r = 0; r < kStrip; ++r) columns[i * kStrip + r] = rows[r][i];
    }
    return;
  }
  for (size_t start = 0; start < bytes; start += kBlock) {
    const size_t at = std::min(start, bytes - kBlock);
    Line lines[kBlock];
    for (int r = 0; r < kBlock; ++r) {
      Half left, right;
      std::memcpy(&left, rows[r] + at, kBlock);
      std::memcpy(&right, rows[r + kBlock] + at, kBlock);
      lines[r] = __builtin_shufflevector(left, right, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,  //
                                         16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    }
    transpose(lines);
    std::memcpy(columns + at * kStrip, lines, sizeof lines);
  }
}

ALBEF_FAST_LOOP void columns_to_strip(const uint8_t* columns, size_t bytes, uint8_t* const rows[kStrip]) {
  if (bytes < kBlock) {
    for (size_t i = 0; i < bytes; ++i) {
      for (int r = 0; r < kStrip; ++r) rows[r][i] = columns[i * kStrip + r];
    }
    return;
  }
  for (size_t start = 0; start < bytes; start += kBlock) {
    const size_t at = std::min(start, bytes - kBlock);
    Line lines[kBlock];
    std::memcpy(lines, columns + at * kStrip, sizeof lines);
    transpose(lines);
    for (int r = 0; r < kBlock; ++r) {
      std::memcpy(rows[r] + at, &lines[r], kBlock);
      std::memcpy(rows[r + kBlock] + at, reinterpret_cast<const uint8_t*>(&lines[r]) + kBlock, kBlock);
    }
  }
}

}  // namespace albef
