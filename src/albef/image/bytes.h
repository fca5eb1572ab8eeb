// Numbers out of untrusted bytes. Reading past the end gives zeros, so a parser needs no check at each step.
#pragma once
#include <cstdint>
#include <string_view>

namespace albef {

enum class Endian { kLittle, kBig };

/// The unsigned number of `width` bytes (1 to 4) at `offset`.
inline uint32_t read_number(std::string_view bytes, uint64_t offset, int width, Endian endian) {
  uint32_t value = 0;
  for (int i = 0; i < width; ++i) {
    const uint64_t at = offset + (endian == Endian::kBig ? i : width - 1 - i);
    value = value << 8 | (at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0);
  }
  return value;
}

/// The part of `bytes` from `offset`, at most `length` long; shorter or empty at the end.
inline std::string_view slice(std::string_view bytes, uint64_t offset, uint64_t length = std::string_view::npos) {
  return offset < bytes.size() ? bytes.substr(offset, length) : std::string_view();
}

}  // namespace albef
