// The subcommands of `albef eval`, a file for each kind.
#pragma once
#include <CLI/CLI.hpp>

namespace albef::cli {

void add_eval_retrieval(CLI::App& group);
void add_eval_ve(CLI::App& group);
void add_eval_nlvr(CLI::App& group);
void add_eval_vqa(CLI::App& group);
void add_eval_grounding(CLI::App& group);

}  // namespace albef::cli
