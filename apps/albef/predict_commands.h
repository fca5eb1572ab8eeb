// The subcommands of `albef predict`, a file for each kind.
#pragma once
#include <CLI/CLI.hpp>

namespace albef::cli {

void add_predict_match(CLI::App& group);
void add_predict_ve(CLI::App& group);
void add_predict_nlvr(CLI::App& group);
void add_predict_vqa(CLI::App& group);
void add_predict_ground(CLI::App& group);
void add_predict_fill(CLI::App& group);
void add_predict_embed(CLI::App& group);
void add_predict_classify(CLI::App& group);

}  // namespace albef::cli
