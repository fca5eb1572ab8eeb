#include "albef/train/device.h"

#include <torch/cuda.h>
#include <torch/utils.h>

#include <charconv>

#include "albef/base/error.h"

namespace albef {

torch::Device choose_device(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  if (name == "auto") return torch::cuda::is_available() ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  int index = 0;
  if (name != "cuda") {
    const std::string number = name.starts_with("cuda:") ? name.substr(5) : "";
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (number.empty() || error != std::errc() || end != number.data() + number.size() || index < 0) {
      fail("device '", name, "': expected auto, cpu, cuda or cuda:N");
    }
  }
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (index >= count) fail("device '", name, "': this machine, or this LibTorch, has ", count, " CUDA devices");
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
}

void set_compute_threads(int64_t threads) {
  if (threads > 0) torch::set_num_threads(static_cast<int>(threads));
}

}  // namespace albef
