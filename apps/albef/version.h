// What `albef --version` says.
#pragma once
#include <string>

namespace albef::cli {

std::string version_text();  ///< this program's version, LibTorch's, and CUDA's if there is any

}  // namespace albef::cli
