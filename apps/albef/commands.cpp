#include "apps/albef/commands.h"

namespace albef::cli {

void add_commands(CLI::App&) {}

}  // namespace albef::cli
