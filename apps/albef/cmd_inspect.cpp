// albef inspect: what a file of weights or a checkpoint holds.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "albef/base/files.h"
#include "albef/io/inspect.h"
#include "apps/albef/commands.h"

namespace albef::cli {
namespace {

struct InspectArgs {
  std::filesystem::path path;
  std::string json;
};

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void run(const InspectArgs& args) {
  const auto listings = inspect(args.path);
  if (args.json != "-") print(to_text(listings));
  if (args.json.empty()) return;
  const std::string json = to_json(listings).dump(2) + "\n";
  if (args.json == "-") {
    print(json);
  } else {
    write_atomically(args.json, json);
  }
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
