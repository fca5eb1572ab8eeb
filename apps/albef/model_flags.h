// Which model a command uses, and on what: the flags of evaluations, predictions and explanations.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "albef/base/log.h"
#include "albef/tasks/common/load_model.h"
#include "albef/train/memory.h"

namespace albef::cli {

struct ModelFlags {
  LoadModelOptions load;
  std::string weights = "student";
  int64_t threads = 0;
  bool quiet = false, verbose = false;
};

void add_model_flags(CLI::App& command, ModelFlags& flags);

/// --verbose, of commands whose answer is all that most want to see: see load_quietly().
void add_verbose_flag(CLI::App& command, ModelFlags& flags);

/// load(), with what it logs shown under --verbose alone.
template <class Load>
auto load_quietly(const ModelFlags& flags, const Load& load) {
  set_quiet(flags.quiet || !flags.verbose);
  auto loaded = within_memory("the model", "its file and its weights must fit side by side", load);
  set_quiet(flags.quiet);
  return loaded;
}

/// Sets up log, threads and signals as they say, and `load.momentum`. Before long work.
void begin_model(ModelFlags& flags);

}  // namespace albef::cli
