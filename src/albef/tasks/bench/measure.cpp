#include "albef/tasks/bench/measure.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>
#include <torch/cuda.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "albef/base/stopwatch.h"
#include "albef/train/device.h"

namespace albef {
namespace {

void wait_for(torch::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

}  // namespace

Machine::Machine(const RunOptions& run)
    : device(choose_device(run.device)), precision(choose_precision(run.precision, hardware(device))) {
  set_compute_threads(run.threads);
  allow_tf32(run.tf32);
  log_precision(precision);
}

std::vector<double> time_calls(const std::function<void()>& call, int64_t warmup, int64_t repeats,
                               torch::Device device) {
  std::vector<double> milliseconds;
  for (int64_t i = -warmup; i < repeats; ++i) {
    wait_for(device);
    const Stopwatch watch;
    call();
    wait_for(device);
    if (i >= 0) milliseconds.push_back(1000 * watch.seconds());
  }
  return milliseconds;
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values.at(static_cast<size_t>(std::llround(share * static_cast<double>(values.size() - 1))));
}

double gemm_rate(bool bf16, torch::Device device) {
  const torch::NoGradGuard no_grad;
  const int64_t n = device.is_cuda() ? 8192 : 2048;
  const auto options = torch::TensorOptions(bf16 ? torch::kBFloat16 : torch::kFloat).device(device);
  const auto a = torch::randn({n, n}, options), b = torch::randn({n, n}, options);
  const auto times = time_calls([&] { torch::linear(a, b); }, 2, 7, device);
  return 2.0 * std::pow(static_cast<double>(n), 3) / (*std::min_element(times.begin(), times.end()) / 1000);
}

int64_t peak_memory(torch::Device device) {
  if (device.is_cuda()) {
    auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(torch::kCUDA));
    if (allocator) return allocator->getDeviceStats(device.index()).allocated_bytes[0].peak;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024L;
}

void add_measures(OrderedJson& json, const std::vector<double>& milliseconds, double flop_per_call,
                  const Precision& precision, torch::Device device) {
  json["ms_p50"] = percentile(milliseconds, 0.5);
  json["ms_p90"] = percentile(milliseconds, 0.9);
  const int64_t peak = peak_memory(device);  // before the product below, which takes memory of its own
  const double rate = gemm_rate(precision.bf16(), device);
  json["gemm_share"] = flop_per_call / (percentile(milliseconds, 0.5) / 1000) / rate;
  json["gemm_gflop_per_s"] = rate / 1e9;
  json["peak_memory_bytes"] = peak;
  json["precision"] = precision.name;
  json["precision_reason"] = precision.reason;
  json["threads"] = torch::get_num_threads();
  json["device"] = device.str();
}

}  // namespace albef
