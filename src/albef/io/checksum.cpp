#include "albef/io/checksum.h"

#include <array>
#include <bit>
#include <cstdio>
#include <cstring>

namespace albef {
namespace {

constexpr size_t kSlices = 16;  // bytes taken per round
using Tables = std::array<std::array<uint32_t, 256>, kSlices>;

// tables[k][b]: what byte b does to the checksum from k places further back. The sum is linear, so the sixteen look-ups
// of a round do not wait for one another; that is what makes it fast.
constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xEDB88320u : 0u);
    tables[0][byte] = value;
  }
  for (size_t slice = 1; slice < kSlices; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

uint32_t four_bytes(uint32_t word, size_t last) {
  return kTables[last + 3][word & 0xFF] ^ kTables[last + 2][(word >> 8) & 0xFF] ^
         kTables[last + 1][(word >> 16) & 0xFF] ^ kTables[last][word >> 24];
}

}  // namespace

uint32_t crc32(uint32_t previous, const void* data, size_t size) {
  static_assert(std::endian::native == std::endian::little, "words are taken as they lie in memory");
  auto at = static_cast<const unsigned char*>(data);
  uint32_t sum = ~previous;
  for (; size >= kSlices; size -= kSlices, at += kSlices) {
    uint32_t words[4];
    std::memcpy(words, at, sizeof words);
    sum = four_bytes(words[0] ^ sum, 12) ^ four_bytes(words[1], 8) ^ four_bytes(words[2], 4) ^ four_bytes(words[3], 0);
  }
  for (; size > 0; --size, ++at) sum = (sum >> 8) ^ kTables[0][(sum ^ *at) & 0xFF];
  return ~sum;
}

std::string checksum_text(uint32_t checksum) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", checksum);
  return text;
}

}  // namespace albef
