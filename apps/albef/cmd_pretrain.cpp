// albef pretrain: ITC, ITM and MLM with momentum distillation on pictures with captions; or NLVR2's text assignment.
#include "albef/tasks/nlvr/text_assignment.h"
#include "albef/tasks/pretrain/task.h"
#include "apps/albef/commands.h"
#include "apps/albef/run_flags.h"

namespace albef::cli {

void add_pretrain(CLI::App& app) {
  auto* command = app.add_subcommand("pretrain", "Pretrain a model on pictures with captions");
  auto what = std::make_shared<std::string>();
  command->add_option("objective", *what, "nlvr: text assignment, between pretraining and `albef train nlvr`")
      ->check(CLI::IsMember({"nlvr"}));
  auto flags = add_run_flags(*command);
  command->footer(
      "Examples:\n"
      "  albef pretrain --config configs/demo.yaml --output-dir output/demo\n"
      "  albef pretrain --config Pretrain.yaml --set vocab.file=vocab.txt --output-dir output/run --resume auto\n"
      "  albef pretrain nlvr --config configs/nlvr_pretrain.yaml --checkpoint ALBEF.pth --output-dir "
      "output/nlvr_pretrain\n\n"
      "Settings (key: default):\n" +
      config_help<PretrainSettings>() + "\nof `albef pretrain nlvr`:\n" + config_help<TextAssignmentSettings>());
  command->callback([flags, what] {
    SingleProcess alone;
    if (*what == "nlvr")
      return pretrain_nlvr(read_settings<TextAssignmentSettings>(flags->config, flags->overrides()), alone);
    pretrain(read_settings<PretrainSettings>(flags->config, flags->overrides()), alone);
  });
}

}  // namespace albef::cli
