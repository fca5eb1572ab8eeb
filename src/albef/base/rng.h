// Random numbers without a global state: a generator is made from what it is for, so a draw does not depend on the
// order in which samples are worked on, on the number of threads, or on where a run was resumed.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>

namespace albef {

/// What a stream of random numbers is for; part of its key. Values are kept: they decide what a seed means.
enum class Purpose : uint64_t {
  kInit = 1,
  kOrder = 2,
  kCaption = 3,
  kAugment = 4,
  kMask = 5,
  kNegatives = 6,
  kDropout = 7,
  kQueue = 8,
  kScene = 9,
  kSynthetic = 10,
  kBootstrap = 11,
};

/// A counter-based generator (SplitMix64 over a hashed key). Satisfies UniformRandomBitGenerator.
class Rng {
 public:
  using result_type = uint64_t;

  /// `key` is for example {seed, epoch, sample}.
  Rng(Purpose purpose, std::initializer_list<uint64_t> key);

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return std::numeric_limits<uint64_t>::max(); }

  uint64_t operator()();               ///< 64 random bits
  uint64_t below(uint64_t n);          ///< uniform in 0..n-1, without bias; n >= 1
  double uniform();                    ///< [0, 1), 53 bits
  double uniform(double a, double b);  ///< [a, b)
  double normal();                     ///< mean 0, standard deviation 1 (Box-Muller)

 private:
  uint64_t state_;
};

/// A well-mixed 64-bit hash of a few numbers: the key of Rng, and seeds for other generators.
uint64_t mix(std::initializer_list<uint64_t> values);

/// The same of bytes: a fingerprint that chance does not repeat. No defence against whoever wants it repeated.
uint64_t mix_bytes(std::string_view bytes);

/// The i-th element of a random permutation of 0..n-1 keyed by `key`, without holding the permutation (a 6-round
/// Feistel network over the next power of 4, walked until it falls inside). n >= 1, i < n.
uint64_t permuted(uint64_t i, uint64_t n, uint64_t key);

}  // namespace albef
