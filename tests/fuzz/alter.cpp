#include <algorithm>
#include <array>

#include "fuzz.h"

namespace albef::fuzz {
namespace {

constexpr size_t kMostBytes = size_t{1} << 20;

/// A place in 0..size-1, half of the time among the first bytes, where headers are.
size_t place(const std::string& bytes, Rng& rng) {
  return rng.below(rng.below(2) == 0 ? std::min<uint64_t>(bytes.size(), 100) : bytes.size());
}

/// The length of a range from `at`: mostly short.
size_t length(const std::string& bytes, size_t at, Rng& rng) {
  const uint64_t left = bytes.size() - at;
  return 1 + rng.below(rng.below(4) == 0 ? left : std::min<uint64_t>(left, 16));
}

/// Numbers where readers go wrong: limits of the types, and sizes that a file cannot have.
void put_number(std::string& bytes, Rng& rng) {
  constexpr std::array<uint64_t, 16> kNumbers = {0,           1,          2,          0x7f,       0x80,
                                                 0xff,        0x100,      0x7fff,     0x8000,     0xffff,
                                                 0x10000,     0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
                                                 ~uint64_t{0}};
  const uint64_t number = kNumbers[rng.below(kNumbers.size())] + rng.below(3) - 1;
  const size_t width = size_t{1} << rng.below(4), at = place(bytes, rng);
  const bool big_endian = rng.below(2) == 0;
  for (size_t i = 0; i < width && at + i < bytes.size(); ++i) {
    bytes[at + i] = static_cast<char>(number >> (8 * (big_endian ? width - 1 - i : i)));
  }
}

void alter_range(std::string& bytes, const Kind& kind, Rng& rng) {
  const size_t at = place(bytes, rng), size = length(bytes, at, rng);
  const std::string& other = kind.seeds[rng.below(kind.seeds.size())];
  const size_t from = rng.below(other.size());
  switch (rng.below(4)) {
    case 0:
      bytes.erase(at, size);
      break;
    case 1:
      bytes.insert(place(bytes, rng), bytes.substr(at, size));
      break;
    case 2:
      bytes.replace(at, size, other.substr(from, length(other, from, rng)));
      break;
    default:
      for (uint64_t times = 1 + rng.below(200); times > 0 && bytes.size() < kMostBytes; --times) {
        bytes.insert(at, bytes.substr(at, std::min<size_t>(size, 64)));
      }
  }
}

void alter_once(std::string& bytes, const Kind& kind, Rng& rng) {
  if (bytes.empty()) bytes = std::string(1 + rng.below(4), static_cast<char>(rng()));
  switch (rng.below(8)) {
    case 0:
      bytes[place(bytes, rng)] ^= static_cast<char>(1 << rng.below(8));
      break;
    case 1:
      bytes[place(bytes, rng)] = static_cast<char>(rng());
      break;
    case 2:
    case 3:
      put_number(bytes, rng);
      break;
    case 4:
    case 5:
      alter_range(bytes, kind, rng);
      break;
    case 6:
      if (!kind.words.empty()) bytes.insert(place(bytes, rng), kind.words[rng.below(kind.words.size())]);
      break;
    default:
      if (rng.below(3) == 0) bytes.resize(rng.below(bytes.size() + 1));
  }
}

}  // namespace

std::string altered(const Kind& kind, Rng& rng) {
  std::string bytes = kind.seeds[rng.below(kind.seeds.size())];
  for (uint64_t times = uint64_t{1} << rng.below(4); times > 0; --times) alter_once(bytes, kind, rng);
  if (bytes.size() > kMostBytes) bytes.resize(kMostBytes);
  return bytes;
}

}  // namespace albef::fuzz
