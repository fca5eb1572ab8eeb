#include "apps/albef/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/folder_lock.h"
#include "albef/train/metrics_log.h"

namespace fs = std::filesystem;

namespace albef::cli {
namespace {

// Whether `path` is one of the files that a run or a checkpoint consists of, in `folder`.
bool is_part_of(const fs::path& path, const fs::path& folder) {
  static const std::set<std::string> kParts = {"checkpoints",
                                               "vocab",
                                               kMetricsFile,
                                               "config.yaml",
                                               "log.txt",
                                               kLockFile,
                                               "bad_samples.jsonl",
                                               "state.json",
                                               "vocab.txt",
                                               "config.json",
                                               "model.safetensors",
                                               "training.safetensors",
                                               "tokenizer_config.json",
                                               "pytorch_model.bin"};
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != ".." && kParts.contains(relative.begin()->string());
}

}  // namespace

void check_output(const std::string& where, const std::vector<fs::path>& inputs) {
  if (where.empty() || where == "-") return;
  check_writable(where);
  std::error_code error;
  const auto path = fs::weakly_canonical(where, error);
  for (const auto& input : inputs) {
    const auto read = input.empty() ? fs::path() : fs::weakly_canonical(input, error);
    if (read.empty() || (path != read && !is_part_of(path, read))) continue;
    fail(where, ": is read by this command, or part of ", input.string(),
         ", and would be overwritten; name another file");
  }
}

void check_two_outputs(const std::string& a, const std::string& b, const std::string& flags) {
  if (a.empty() || b.empty() || a == "-" || b == "-") return;
  std::error_code error;
  if (fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error))
    fail(a, ": is named by ", flags, "; name two files");
}

void write_json(const std::string& where, const OrderedJson& result) {
  const std::string text = result.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  if (where == "-") {
    std::fputs(text.c_str(), stdout);
  } else if (!where.empty()) {
    write_atomically(where, text);
  }
}

void flush_standard_output() {
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (!written) fail("standard output cannot be written (", errno ? std::strerror(errno) : "write failed", ")");
}

}  // namespace albef::cli
