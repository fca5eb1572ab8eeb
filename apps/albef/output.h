// How subcommands give their results.
#pragma once
#include <string>

#include "albef/base/json.h"

namespace albef::cli {

/// Error if write_json could not write there: asked before long work.
void check_output(const std::string& where);

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
