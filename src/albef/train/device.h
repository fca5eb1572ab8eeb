// Where and with how many threads to compute.
#pragma once
#include <torch/types.h>

#include <string>

namespace albef {

/// "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1". Error if it is none of these or not there.
torch::Device choose_device(const std::string& name);

/// Threads for LibTorch's operators; 0: as many as there are cores.
void set_compute_threads(int64_t threads);

}  // namespace albef
