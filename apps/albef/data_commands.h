// The commands below `albef data`, each in a file of its own.
#pragma once
#include <CLI/CLI.hpp>

namespace albef::cli {

void add_data_check(CLI::App& data);
void add_data_list(CLI::App& data);

}  // namespace albef::cli
