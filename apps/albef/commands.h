// The subcommands: each add_X declares its arguments and sets the callback that runs it.
#pragma once
#include <CLI/CLI.hpp>

namespace albef::cli {

void add_commands(CLI::App& app);  ///< all that this build has

}  // namespace albef::cli
