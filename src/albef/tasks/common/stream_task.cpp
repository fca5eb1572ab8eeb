#include "albef/tasks/common/stream_task.h"

#include <cstdio>

namespace albef {

std::filesystem::path bad_samples_file(const RunOptions& run, const Communicator& ranks) {
  return ranks.is_first() ? std::filesystem::path(run.output_dir) / "bad_samples.jsonl" : std::filesystem::path();
}

OrderedJson data_mark(OrderedJson counts, uint64_t fingerprint) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(fingerprint));
  counts["fingerprint"] = digits;
  return counts;
}

}  // namespace albef
