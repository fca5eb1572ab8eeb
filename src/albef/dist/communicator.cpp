#include "albef/dist/communicator.h"

#include <ATen/core/Tensor.h>

#include <exception>

#include "albef/base/error.h"

namespace albef {

void SingleProcess::all_reduce(const std::vector<torch::Tensor>&) {}

torch::Tensor SingleProcess::all_gather(const torch::Tensor& rows) {
  return rows.detach();
}

void on_all(Communicator& ranks, const std::function<void()>& f) {
  std::exception_ptr failure;
  try {
    f();
  } catch (...) {
    failure = std::current_exception();
  }
  const bool failed = ranks.agree(failure ? 1 : 0) != 0;
  if (failure) std::rethrow_exception(failure);
  if (failed) fail("another process of this run failed; see its messages");
}

void on_first(Communicator& ranks, const std::function<void()>& f) {
  on_all(ranks, [&] {
    if (ranks.is_first()) f();
  });
}

}  // namespace albef
