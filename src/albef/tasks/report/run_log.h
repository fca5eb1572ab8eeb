// What a run wrote down of itself: metrics.jsonl as lines to draw, config.yaml as a flat table.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace albef {

struct RunLog {
  std::map<std::string, std::vector<std::pair<double, double>>> values;  ///< by name: (step, value), ascending steps
  int64_t steps = 0, pairs = 0;
  double seconds = 0;  ///< of training, evaluations during it included
};

/// Error for no line at all, or naming one that is no JSON object with a `step`; a last line that was cut off, and
/// fields that are no finite numbers, are passed over.
RunLog read_run_log(const std::filesystem::path& metrics);

/// Every setting as ("optimizer.lr", "0.0001"), in the file's order. Error if it is not a YAML map.
std::vector<std::pair<std::string, std::string>> flat_settings(const std::filesystem::path& config);

}  // namespace albef
