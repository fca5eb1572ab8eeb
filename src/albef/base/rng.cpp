#include "albef/base/rng.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

namespace albef {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014; constants by Stafford, variant 13).
uint64_t finalise(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

uint64_t mix(std::initializer_list<uint64_t> values) {
  uint64_t hash = kGolden;
  for (uint64_t value : values) hash = finalise(hash + kGolden + finalise(value + kGolden));
  return hash;
}

uint64_t mix_bytes(std::string_view bytes) {
  uint64_t hash = mix({bytes.size()});
  for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
    hash = finalise(hash + kGolden + word);
  }
  return hash;
}

Rng::Rng(Purpose purpose, std::initializer_list<uint64_t> key)
    : state_(mix({static_cast<uint64_t>(purpose), mix(key)})) {}

uint64_t Rng::operator()() {
  return finalise(state_ += kGolden);
}

uint64_t Rng::below(uint64_t n) {
  const uint64_t unbiased = max() - max() % n;  // a multiple of n
  uint64_t bits = (*this)();
  while (bits >= unbiased) bits = (*this)();
  return bits % n;
}

double Rng::uniform() {
  return static_cast<double>((*this)() >> 11) * 0x1p-53;
}

double Rng::uniform(double a, double b) {
  return a + (b - a) * uniform();
}

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

uint64_t permuted(uint64_t i, uint64_t n, uint64_t key) {
  const int half = (std::bit_width(n - 1) + 1) / 2;
  const uint64_t mask = (uint64_t{1} << half) - 1;
  do {
    uint64_t left = i >> half, right = i & mask;
    for (uint64_t round = 0; round < 6; ++round) {
      const uint64_t next = left ^ (finalise(right + key + round * kGolden) & mask);
      left = right;
      right = next;
    }
    i = (left << half) | right;
  } while (i >= n);
  return i;
}

}  // namespace albef
