// How subcommands give their results.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "albef/base/json.h"

namespace albef::cli {

/// Error if write_json could not write there, or would write over what the command reads: one of `inputs` itself, or a
/// file of the run or checkpoint whose folder is one of them. Asked before long work.
void check_output(const std::string& where, const std::vector<std::filesystem::path>& inputs = {});

/// Error if both name one file. `flags`: what named them.
void check_two_outputs(const std::string& a, const std::string& b, const std::string& flags);

/// To standard output for "-", to a file otherwise, nowhere for "".
void write_json(const std::string& where, const OrderedJson& result);

/// Error if what was printed has not reached standard output: a full disk, a closed descriptor.
void flush_standard_output();

/// Ends the command with this exit code (0: goes on).
struct ExitCode {
  int code;
};
inline void exit_with(int code) {
  if (code != 0) throw ExitCode{code};
}

}  // namespace albef::cli
