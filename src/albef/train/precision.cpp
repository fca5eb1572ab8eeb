#include "albef/train/precision.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "albef/base/error.h"
#include "albef/base/log.h"

namespace albef {
namespace {

// The value behind "KEY : " in the first line that has it.
std::string entry(const std::string& cpuinfo, const std::string& key) {
  std::istringstream in(cpuinfo);
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

bool holds_word(const std::string& words, const std::string& wanted) {
  return (" " + words + " ").find(" " + wanted + " ") != std::string::npos;
}

}  // namespace

Hardware processor(const std::string& cpuinfo) {
  const std::string name = entry(cpuinfo, "model name"), flags = entry(cpuinfo, "flags");
  const bool amx = holds_word(flags, "amx_bf16"), avx512 = holds_word(flags, "avx512_bf16");
  return {name.empty() ? "this processor" : printable(name, 80), amx || avx512,
          amx      ? "has AMX-BF16"
          : avx512 ? "has AVX512-BF16"
                   : "has neither AMX-BF16 nor AVX512-BF16"};
}

Hardware hardware(torch::Device device) {
  if (device.is_cuda()) {
    const c10::DeviceGuard guard(device);
    // LibTorch tells the capability only to code that is compiled with CUDA's headers; this it tells to all.
    const bool fast = at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
    return {device.str(), fast, fast ? "has compute capability 8.0 or newer" : "has a compute capability below 8.0"};
  }
  std::ifstream in("/proc/cpuinfo");
  return processor({std::istreambuf_iterator<char>(in), {}});
}

Precision choose_precision(const std::string& asked, const Hardware& hardware) {
  const std::string machine = hardware.name + " " + hardware.why;
  if (asked == "auto") return {hardware.fast_bf16 ? "bf16" : "float32", "chosen since " + machine};
  if (asked == "bf16" && !hardware.fast_bf16) {
    return {asked,
            "asked for, but " + machine + "; it is emulated, and a step can take over ten times as long as in float32",
            /*slow=*/true};
  }
  return {asked, "asked for"};
}

Precision choose_precision(const std::string& asked, const std::string& trained, const Hardware& hardware) {
  if (asked != "auto") return choose_precision(asked, hardware);
  if (trained == "bf16" && !hardware.fast_bf16)
    return {"float32", "the checkpoint was trained in bf16, but " + hardware.name + " " + hardware.why};
  if (trained == "auto") return choose_precision(asked, hardware);
  return {trained, "as the checkpoint was trained"};
}

void log_precision(const Precision& precision) {
  if (precision.slow) {
    log_warning("precision ", precision.name, " is ", precision.reason);
  } else {
    log_info("precision ", precision.name, ": ", precision.reason);
  }
}

void allow_tf32(bool allow) {
  at::globalContext().setAllowTF32CuBLAS(allow);
  at::globalContext().setAllowTF32CuDNN(allow);
}

}  // namespace albef
