#include "apps/albef/version.h"

#include <ATen/Context.h>
#include <torch/version.h>

#include "albef/base/error.h"

namespace albef::cli {

std::string version_text() {
  const long cuda = at::hasCUDA() ? at::detail::getCUDAHooks().versionCUDART() : 0;
  const std::string with = cuda > 0 ? str("CUDA ", cuda / 1000, ".", cuda % 1000 / 10) : "no CUDA";
  return str("albef ", ALBEF_VERSION, " (LibTorch ", TORCH_VERSION, ", ", with, ")");
}

}  // namespace albef::cli
