#include "apps/albef/heat_flags.h"

#include "albef/tasks/common/load_model.h"
#include "albef/tasks/grounding/settings.h"
#include "apps/albef/arguments.h"

namespace albef::cli {

void add_heat_flags(CLI::App& command, HeatFlags& flags) {
  command.add_option("--mode", flags.mode, "itm: cross-attention; itc: the image encoder; default: the run's, or itm")
      ->check(CLI::IsMember({"itm", "itc"}));
  command
      .add_option("--layer", flags.layer, "whose attention, from 0; default: the run's, or as the authors', 8 of 12")
      ->check(whole_number(0, 1023));
  command
      .add_option("--box-threshold", flags.threshold,
                  "least share of the highest heat within a box that is not proposed; default: the run's, or 0.3")
      ->check(number(0, 1));
}

void take_run_settings(HeatFlags& flags, const LoadedModel& loaded) {
  const auto run = read_grounding_settings(loaded.map, loaded.where);
  const bool same_mode = flags.mode.empty() || flags.mode == run.mode;
  if (flags.mode.empty()) flags.mode = run.mode;
  if (flags.layer < 0 && same_mode) flags.layer = run.layer;
  if (flags.threshold < 0) flags.threshold = run.box_threshold;
}

}  // namespace albef::cli
