// CRC-32 as zip files carry it (polynomial 0x04C11DB7, reflected; ISO 3309). One checksum for both our own files and
// the .pth archives that we read: it finds every damage of up to 32 neighbouring bits, at more than 1 GB/s.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace albef {

/// The checksum of what `previous` covered followed by `size` bytes at `data`; start with previous = 0.
uint32_t crc32(uint32_t previous, const void* data, size_t size);

/// Eight lower-case hexadecimal digits.
std::string checksum_text(uint32_t checksum);

}  // namespace albef
