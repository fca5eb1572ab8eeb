// Turning strips of 32 rows of bytes on their side and back, so that work along rows becomes work down columns.
#pragma once
#include <cstddef>
#include <cstdint>

namespace albef {

constexpr int kStrip = 32;

/// columns[i * kStrip + r] = rows[r][i], for i below `bytes`.
void strip_to_columns(const uint8_t* const rows[kStrip], size_t bytes, uint8_t* columns);

/// rows[r][i] = columns[i * kStrip + r], for i below `bytes`.
void columns_to_strip(const uint8_t* columns, size_t bytes, uint8_t* const rows[kStrip]);

}  // namespace albef
