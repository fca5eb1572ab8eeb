#include "albef/train/memory.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>

#include <cctype>
#include <new>
#include <stdexcept>

#include "albef/base/log.h"
#include "albef/base/signals.h"

namespace albef {
namespace {

// "2.00 GiB" of "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has ...", "123 bytes" of the CPU's.
std::string wanted(const std::string& message) {
  for (const std::string before : {"ried to allocate ", "alloc "}) {
    const size_t at = message.find(before);
    if (at == std::string::npos) continue;
    size_t end = at + before.size();
    while (end < message.size() &&
           (std::isalnum(static_cast<unsigned char>(message[end])) || message[end] == ' ' ||
            (message[end] == '.' && std::isdigit(static_cast<unsigned char>(message[end + 1])))))
      ++end;
    const std::string amount = message.substr(at + before.size(), end - at - before.size());
    if (!amount.empty() && std::isdigit(static_cast<unsigned char>(amount[0]))) return " (" + amount + " more)";
  }
  return "";
}

bool is_about_memory(const std::string& message) {
  for (const char* sign : {"can't allocate memory", "out of memory", "not enough memory", "Storage size calculation",
                           "could not create a primitive"}) {
    if (message.find(sign) != std::string::npos) return true;
  }
  return false;
}

class WithoutOneDnn {
 public:
  WithoutOneDnn() { at::globalContext().setUserEnabledMkldnn(false); }
  ~WithoutOneDnn() { at::globalContext().setUserEnabledMkldnn(before_); }
  WithoutOneDnn(const WithoutOneDnn&) = delete;
  WithoutOneDnn& operator=(const WithoutOneDnn&) = delete;

 private:
  bool before_ = at::globalContext().userEnabledMkldnn();
};

}  // namespace

void rethrow_with_advice(const std::string& what, const std::string& advice) {
  std::string amount;
  try {
    throw;
  } catch (const Error&) {  // told already
    throw;
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {  // of a container that could never be so long
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    if (!is_about_memory(message)) throw;
    amount = wanted(message);
  } catch (const std::exception& error) {  // oneDNN's
    if (!is_about_memory(error.what())) throw;
  }
  throw OutOfMemory(str("out of memory for ", what, amount, "; ", advice));
}

std::string what_fits(const BatchProbe& probe) {
  if (!probe.attempt) return "";
  // oneDNN maps memory for the code that it makes. Below a limit of addresses (ulimit -v) there may be none left, since
  // the allocator keeps for itself what the failed batch gave back; other kernels take it from there.
  const WithoutOneDnn without;
  int64_t fits = probe.batch, too_many = 0;
  try {
    for (; fits > 0; too_many = fits, fits /= 2) {
      if (stop_requested()) return "";
      log_info("out of memory; trying whether ", probe.name(fits), " fits");
      try {
        within_memory("the attempt", "", [&] { probe.attempt(fits); });
        break;
      } catch (const OutOfMemory&) {  // the next half
      }
    }
  } catch (const std::exception&) {  // what ran out of memory matters more
    return "";
  }
  if (fits == 0) return "tried: not even one at a time fits";
  if (too_many == 0) return str("tried: ", probe.name(fits), " fits by itself; what is kept beside it is too large");
  return str("tried: ", probe.name(fits), " fits, ", probe.name(too_many), " does not");
}

}  // namespace albef
