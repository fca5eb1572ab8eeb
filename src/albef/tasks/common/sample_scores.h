// An evaluation sample by sample, and what chance may have had in it. A line of JSON a sample, among whose fields are
// "sample", which tells it from others, and "scores": {metric: 0 to 1}; a sample may lack a metric that does not
// concern it.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "albef/base/json.h"

namespace albef {

using SampleLines = std::vector<OrderedJson>;

/// Written whole or not at all.
void write_sample_lines(const std::filesystem::path& path, const SampleLines& lines);
/// Error naming file and line for what is no such line.
SampleLines read_sample_lines(const std::filesystem::path& path);

/// A mean in percent, and the bounds within which it would be in 95 of 100 samples like this one.
struct Estimate {
  double mean = 0, low = 0, high = 0;
  int64_t samples = 0;
};

/// Error naming `where` unless `lines` are of these samples, in this order.
void check_same_samples(const SampleLines& lines, const std::vector<std::string>& samples, const std::string& where);

/// Of each metric, by the bootstrap over samples (Efron 1979; percentiles of 10,000 resamples from a fixed seed).
std::map<std::string, Estimate> estimates(const SampleLines& lines);

/// {metric: {"mean", "low", "high", "samples"}}: how results hold them.
OrderedJson estimates_json(const std::map<std::string, Estimate>& estimates);

/// Of ours - theirs, of the same samples (see check_same_samples), for each metric that both have. Error naming `where`
/// (of theirs) if there is none.
std::map<std::string, Estimate> differences(const SampleLines& ours, const SampleLines& theirs,
                                            const std::string& where);

}  // namespace albef
