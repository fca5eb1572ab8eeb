// albef inspect: what a file of weights or a checkpoint holds.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "albef/io/inspect.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct InspectArgs {
  std::filesystem::path path;
  std::string json;
};

void run(const InspectArgs& args) {
  check_output(args.json, {args.path});
  const auto listings = inspect(args.path);
  if (args.json != "-") std::fputs(to_text(listings).c_str(), stdout);
  write_json(args.json, to_json(listings));
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto args = std::make_shared<InspectArgs>();
  auto* command = app.add_subcommand("inspect", "List the tensors, sizes and configuration in a file or checkpoint");
  command->add_option("path", args->path, "a .safetensors or .pth file, a checkpoint's or Hugging Face model's folder")
      ->required();
  command->add_option("--json", args->json, "write the result as JSON to this file, - for standard output");
  command->footer("Example:\n  albef inspect output/checkpoints/last --json -");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
