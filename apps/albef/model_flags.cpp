#include "apps/albef/model_flags.h"

#include "albef/base/signals.h"
#include "albef/train/device.h"
#include "apps/albef/arguments.h"

namespace albef::cli {

void add_model_flags(CLI::App& command, ModelFlags& flags) {
  command
      .add_option("--checkpoint", flags.load.checkpoint,
                  "a run's output folder, a checkpoint folder, or the authors' .pth")
      ->required();
  command.add_option("--config", flags.load.config, "settings of the model, for a .pth");
  command.add_option("--vocab", flags.load.vocab, "vocab.txt, for a .pth");
  command.add_option("--set", flags.load.overrides, "key=value over the settings, such as image_res=384")
      ->allow_extra_args(false);
  command.add_option("--weights", flags.weights, "which model: the trained one, or its momentum average")
      ->capture_default_str()
      ->check(CLI::IsMember({"student", "momentum"}));
  command
      .add_option("--precision", flags.load.precision, "of matrix products; auto: as in training where that is fast")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "float32", "bf16"}));
  command.add_option("--device", flags.load.device, "auto, cpu or cuda:N")->capture_default_str();
  command.add_option("--threads", flags.threads, "CPU threads, 0: all cores")
      ->capture_default_str()
      ->check(whole_number(0, kMostThreads));
  command.add_flag("--quiet", flags.quiet, "no progress on the terminal");
}

void add_verbose_flag(CLI::App& command, ModelFlags& flags) {
  command.add_flag("--verbose", flags.verbose, "say what was loaded from where");
}

void begin_model(ModelFlags& flags) {
  set_quiet(flags.quiet);
  set_compute_threads(flags.threads);
  catch_stop_signals();
  flags.load.momentum = flags.weights == "momentum";
}

}  // namespace albef::cli
