// albef pretrain: ITC, ITM and MLM with momentum distillation on pictures with captions.
#include "albef/tasks/pretrain/task.h"
#include "apps/albef/commands.h"
#include "apps/albef/run_flags.h"

namespace albef::cli {

void add_pretrain(CLI::App& app) {
  auto* command = app.add_subcommand("pretrain", "Pretrain a model on pictures with captions");
  auto flags = add_run_flags(*command);
  command->footer(
      "Examples:\n"
      "  albef pretrain --config configs/demo.yaml --output-dir output/demo\n"
      "  albef pretrain --config Pretrain.yaml --set vocab.file=vocab.txt --output-dir output/run --resume auto\n\n"
      "Settings (key: default):\n" +
      config_help<PretrainSettings>());
  command->callback([flags] {
    SingleProcess alone;
    pretrain(read_settings<PretrainSettings>(flags->config, flags->overrides()), alone);
  });
}

}  // namespace albef::cli
