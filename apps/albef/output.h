// How subcommands give their results.
#pragma once
#include <string>

#include "albef/base/json.h"

namespace albef::cli {

/// To standard output for "-", to a file otherwise, nowhere for "".
void write_json(const std::string& where, const OrderedJson& result);

/// Ends the command with this exit code (0: goes on).
struct ExitCode {
  int code;
};
inline void exit_with(int code) {
  if (code != 0) throw ExitCode{code};
}

}  // namespace albef::cli
