// Memory that runs out, told as something that can be mended.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "albef/base/error.h"

namespace albef {

class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// How to find out which batch would have fit where one ran out of memory.
struct BatchProbe {
  int64_t batch = 0;                     ///< that was at work
  std::function<void(int64_t)> attempt;  ///< does the same work on so many samples and lets go of it; unset: no trying
  std::function<std::string(int64_t)> name = [](int64_t n) { return str(n, " at once"); };  ///< for the message
};

/// Called in a catch block: if what is being handled says that memory ran out (std::bad_alloc, LibTorch's on CPU or
/// GPU), OutOfMemory "out of memory for WHAT (how much was asked for); ADVICE". Otherwise throws it again as it is.
[[noreturn]] void rethrow_with_advice(const std::string& what, const std::string& advice);

/// What memory suffices for, by attempts at the batch, half of it, a quarter, ... 1: "tried: 16 at once fits, 32 at
/// once does not". To be called once the batch that failed is gone. "" where that cannot be told: nothing is to be
/// tried, a stop is asked for, or an attempt fails for another reason.
std::string what_fits(const BatchProbe& probe);

/// f(), with failures of memory told so.
template <class F>
auto within_memory(const std::string& what, const std::string& advice, F&& f) {
  try {
    return f();
  } catch (...) {
    rethrow_with_advice(what, advice);
  }
}

/// The same, and then what_fits(probe) stands behind the advice.
template <class F>
auto within_memory(const std::string& what, const std::string& advice, const BatchProbe& probe, F&& f) {
  try {
    return within_memory(what, advice, f);
  } catch (const OutOfMemory& error) {
    const auto fits = what_fits(probe);
    throw OutOfMemory(error.what() + (fits.empty() ? "" : "; " + fits));
  }
}

}  // namespace albef
