// metrics.jsonl, a JSON object a line: what the trainer appends, a resumed run cuts back and a report draws.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "albef/base/json.h"

namespace albef {

inline constexpr char kMetricsFile[] = "metrics.jsonl";

/// The lines, each an object with a number `step`. What stands behind the last newline is passed over unless it is such
/// a line: a crash cut it off. Error naming a line that is none; none if the file is missing.
std::vector<OrderedJson> read_metrics(const std::filesystem::path& path);

void append_metrics(const std::filesystem::path& path, const OrderedJson& line);

/// Four digits of a number, for messages: "0.6667".
std::string brief(double value);

}  // namespace albef
