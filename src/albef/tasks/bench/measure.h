// Clocks, percentiles and the machine's own speed.
#pragma once
#include <torch/types.h>

#include <functional>
#include <vector>

#include "albef/base/json.h"
#include "albef/model/compute.h"
#include "albef/train/precision.h"
#include "albef/train/run_folder.h"

namespace albef {

/// Where and how the settings say to compute; says which precision that is.
struct Machine {
  explicit Machine(const RunOptions& run);
  ComputeOptions compute() const { return compute_options(precision.bf16(), device); }

  torch::Device device;
  Precision precision;
};

/// Milliseconds of each of `repeats` calls after `warmup` ones; waits for the device after each.
std::vector<double> time_calls(const std::function<void()>& call, int64_t warmup, int64_t repeats,
                               torch::Device device);

double percentile(std::vector<double> values, double share);

/// FLOP/s of the best of several products of large square matrices.
double gemm_rate(bool bf16, torch::Device device);

/// Bytes: the process's peak on the CPU, the allocator's on a GPU.
int64_t peak_memory(torch::Device device);

/// ms_p50, ms_p90, precision and why, threads, device, and the rate's share of a matrix product's.
void add_measures(OrderedJson& json, const std::vector<double>& milliseconds, double flop_per_call,
                  const Precision& precision, torch::Device device);

}  // namespace albef
