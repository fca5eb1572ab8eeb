// The flags of every training command. Each is another way to say one key of the configuration.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace albef::cli {

struct RunFlags {
  std::string config;
  std::vector<std::string> set;
  std::string checkpoint, output_dir, resume, max_steps, device, precision, threads, seed;
  bool quiet = false, allow_changed_data = false;

  std::vector<std::string> overrides() const;  ///< for read_yaml: --set first, then the flags
};

std::shared_ptr<RunFlags> add_run_flags(CLI::App& command);

}  // namespace albef::cli
