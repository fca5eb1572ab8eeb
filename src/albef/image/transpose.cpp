#include "albef/image/transpose.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace albef {
namespace {

using Line [[gnu::vector_size(kStrip)]] = uint8_t;

Line low_halves(Line a, Line b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
Line high_halves(Line a, Line b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// A 16 x 16 block: to[i][r] = from[r][i]. Interleaving line i with line i + 8, four times over, is a transposition.
template <class From, class To>
void transpose_block(From from, To to) {
  Line lines[kStrip], mixed[kStrip];
  for (int i = 0; i < kStrip; ++i) std::memcpy(&lines[i], from(i), sizeof(Line));
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < kStrip / 2; ++i) {
      mixed[2 * i] = low_halves(lines[i], lines[i + kStrip / 2]);
      mixed[2 * i + 1] = high_halves(lines[i], lines[i + kStrip / 2]);
    }
    std::swap(lines, mixed);
  }
  for (int i = 0; i < kStrip; ++i) std::memcpy(to(i), &lines[i], sizeof(Line));
}

// Calls block(start) for starts that cover 0..bytes-1 in sixteens, the last moved back to end there; bytes >= 16.
template <class Block>
void for_each_block(size_t bytes, Block block) {
  for (size_t start = 0; start < bytes; start += kStrip) block(std::min(start, bytes - kStrip));
}

}  // namespace

void strip_to_columns(const uint8_t* const rows[kStrip], size_t bytes, uint8_t* columns) {
  if (bytes < kStrip) {
    for (size_t i = 0; i < bytes; ++i) {
      for (int r = 0; r < kStrip; ++r) columns[i * kStrip + r] = rows[r][i];
    }
    return;
  }
  for_each_block(bytes, [&](size_t start) {
    transpose_block([&](int r) { return rows[r] + start; }, [&](int i) { return columns + (start + i) * kStrip; });
  });
}

void columns_to_strip(const uint8_t* columns, size_t bytes, uint8_t* const rows[kStrip]) {
  if (bytes < kStrip) {
    for (size_t i = 0; i < bytes; ++i) {
      for (int r = 0; r < kStrip; ++r) rows[r][i] = columns[i * kStrip + r];
    }
    return;
  }
  for_each_block(bytes, [&](size_t start) {
    transpose_block([&](int i) { return columns + (start + i) * kStrip; }, [&](int r) { return rows[r] + start; });
  });
}

}  // namespace albef
