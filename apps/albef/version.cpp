#include "apps/albef/version.h"

#include <ATen/Context.h>
#include <torch/version.h>

namespace albef::cli {

std::string version_text() {
  std::string text = std::string("albef ") + ALBEF_VERSION + " (LibTorch " + TORCH_VERSION;
  const long cuda = at::detail::getCUDAHooks().versionCUDART();
  text += at::hasCUDA() ? ", CUDA " + std::to_string(cuda / 1000) + "." + std::to_string(cuda % 1000 / 10) : ", no CUDA";
  return text + ")";
}

}  // namespace albef::cli
