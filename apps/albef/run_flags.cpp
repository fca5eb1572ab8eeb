#include "apps/albef/run_flags.h"

#include <yaml-cpp/yaml.h>

namespace albef::cli {

std::vector<std::string> RunFlags::overrides() const {
  auto all = set;
  const auto add = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    YAML::Emitter quoted;  // a path may hold anything that YAML gives a meaning to
    quoted << YAML::DoubleQuoted << value;
    all.push_back(std::string(key) + "=" + quoted.c_str());
  };
  add("checkpoint", checkpoint);
  add("output_dir", output_dir);
  add("resume", resume);
  add("max_steps", max_steps);
  add("device", device);
  add("precision", precision);
  add("threads", threads);
  add("seed", seed);
  if (quiet) add("quiet", "true");
  if (allow_changed_data) add("allow_changed_data", "true");
  return all;
}

std::shared_ptr<RunFlags> add_run_flags(CLI::App& command) {
  auto flags = std::make_shared<RunFlags>();
  command.add_option("--config", flags->config, "settings, a YAML file")->required();
  command.add_option("--set", flags->set, "key=value or a.b=value, over the file; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--checkpoint", flags->checkpoint,
                     "weights to start from: a run's folder, a checkpoint folder, or the authors' .pth (checkpoint)");
  command.add_option("--output-dir", flags->output_dir, "folder of the run (output_dir)");
  command.add_option("--resume", flags->resume, "auto, or a checkpoint folder (resume)");
  command.add_flag("--allow-changed-data", flags->allow_changed_data,
                   "resume though the lists are not those of the checkpoint (allow_changed_data)");
  command.add_option("--max-steps", flags->max_steps, "stop after so many steps (max_steps)");
  command.add_option("--device", flags->device, "auto, cpu or cuda:N (device)");
  command.add_option("--precision", flags->precision, "auto, float32 or bf16 (precision)");
  command.add_option("--threads", flags->threads, "CPU threads, 0: all cores (threads)");
  command.add_option("--seed", flags->seed, "of all random numbers (seed)");
  command.add_flag("--quiet", flags->quiet, "no progress on the terminal (quiet)");
  return flags;
}

}  // namespace albef::cli
