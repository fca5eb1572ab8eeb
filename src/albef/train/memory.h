// Memory that runs out, told as something that can be mended.
#pragma once
#include <string>

namespace albef {

/// Called in a catch block: if what is being handled says that memory ran out (std::bad_alloc, LibTorch's on CPU or
/// GPU), Error "out of memory for WHAT (how much was asked for); ADVICE". Otherwise throws it again as it is.
[[noreturn]] void rethrow_with_advice(const std::string& what, const std::string& advice);

/// f(), with failures of memory told so.
template <class F>
auto within_memory(const std::string& what, const std::string& advice, F&& f) {
  try {
    return f();
  } catch (...) {
    rethrow_with_advice(what, advice);
  }
}

}  // namespace albef
