// Which heat map grounding looks at: flags of its evaluation and its prediction.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "albef/tasks/grounding/eval.h"

namespace albef {
struct LoadedModel;
}

namespace albef::cli {

struct HeatFlags {
  std::string mode;  ///< "", and below 0: the run's
  int64_t layer = -1;
  double threshold = -1;  ///< see HeatMap::hottest

  bool itc() const { return mode == "itc"; }
  HeatOptions options(int64_t batch_size, int64_t loader_threads, const ComputeOptions& compute) const {
    return {
        .itc = itc(), .layer = layer, .batch_size = batch_size, .loader_threads = loader_threads, .compute = compute};
  }
};

void add_heat_flags(CLI::App& command, HeatFlags& flags);

/// What no flag says is the run's, where it was one of grounding.
void take_run_settings(HeatFlags& flags, const LoadedModel& loaded);

}  // namespace albef::cli
