// Which model a command uses, and on what: the flags of evaluations, predictions and explanations.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "albef/tasks/common/load_model.h"

namespace albef::cli {

struct ModelFlags {
  LoadModelOptions load;
  std::string weights = "student";
  int64_t threads = 0;
  bool quiet = false;
};

void add_model_flags(CLI::App& command, ModelFlags& flags);

/// Sets up log, threads and signals as they say, and `load.momentum`. Before long work.
void begin_model(ModelFlags& flags);

}  // namespace albef::cli
