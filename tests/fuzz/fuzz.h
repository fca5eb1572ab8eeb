// A small fuzzer: files that are valid are altered at random, and whatever reads them must end well or with
// albef::Error. Which file comes at which iteration depends on the seed alone.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "albef/base/rng.h"

namespace albef::fuzz {

/// One kind of input.
struct Kind {
  std::string name;
  std::vector<std::string> seeds;                      ///< valid files, at least one
  std::vector<std::string> words;                      ///< what means something in such a file; put in now and then
  std::function<void(const std::string& bytes)> read;  ///< throws albef::Error where the file is no good
};

/// A seed of `kind` with up to eight alterations: bits, bytes, numbers at their limits, ranges taken out, repeated or
/// brought in from another seed, words, the end cut off.
std::string altered(const Kind& kind, Rng& rng);

/// The program: KIND SECONDS [SEED] runs that long and returns 0; KIND FILE reads one file. A crash, a sanitizer's
/// complaint, 10 s of work or 2 GB of memory for one input, or an exception that is no albef::Error is a finding: its
/// kind, seed and iteration are printed, the input is saved, and 1 is returned.
int run(int argc, char** argv, const std::vector<std::function<Kind()>>& kinds);

/// The bytes as a file without a name, for readers that want a path; the path is good until the next call.
std::string as_file(const std::string& bytes);

/// The whole files of a folder below tests/ whose names end so and that are no longer than `most` bytes, in the order
/// of their names.
std::vector<std::string> files_of(const std::string& folder, const std::vector<std::string>& endings, uint64_t most);

}  // namespace albef::fuzz
