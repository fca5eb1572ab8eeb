// albef convert: checkpoints for the authors' code and from it, and pickled lists as JSON.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "albef/tasks/convert/convert.h"
#include "apps/albef/commands.h"

namespace albef::cli {

void add_convert(CLI::App& app) {
  auto args = std::make_shared<ConvertOptions>();
  auto* command =
      app.add_subcommand("convert", "Turn a checkpoint into the authors' .pth or back; blend two; pickles to JSON");
  command
      ->add_option(
          "in", args->in,
          "a run's or checkpoint's folder, a .safetensors, a .pth (the authors', TorchMultimodal's), refs(unc).p")
      ->required();
  command->add_option("out", args->out, "what is written: a .pth, a checkpoint's folder that is not there yet, a .json")
      ->required();
  command
      ->add_option("--to", args->to,
                   "albef: a .pth for torch.load and the authors' code; ours: a checkpoint folder; json: of a pickle")
      ->required()
      ->check(CLI::IsMember({"albef", "ours", "json"}));
  command->add_flag("--weights-only", args->weights_only, "without the optimiser's state");
  command->add_option("--blend", args->blend,
                      "A from 0 to 1: each weight is A times IN's plus 1 - A times P's (WiSE-FT)");
  command->add_option("--with", args->with,
                      "P, for --blend: any model of the same sizes, such as the one before fine-tuning");
  command->add_option("--config", args->config, "settings that the weights do not tell (heads), for --to ours");
  command->add_option("--vocab", args->vocab, "vocab.txt of the model, for --to ours");
  command->footer(
      "Examples:\n"
      "  albef convert output/run run.pth --to albef\n"
      "  albef convert ALBEF.pth albef --to ours --vocab vocab.txt\n"
      "  albef convert output/flickr wise --to ours --blend 0.5 --with output/pretrain\n"
      "  albef convert 'refs(unc).p' refs.json --to json");
  command->callback([args] {
    for (const std::string& line : convert(*args)) std::printf("%s\n", line.c_str());
  });
}

}  // namespace albef::cli
