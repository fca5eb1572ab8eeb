// The subcommands: each add_X declares its arguments and sets the callback that runs it.
#pragma once
#include <CLI/CLI.hpp>

namespace albef::cli {

void add_bench(CLI::App& app);
void add_convert(CLI::App& app);
void add_data(CLI::App& app);
void add_eval(CLI::App& app);
void add_explain(CLI::App& app);
void add_inspect(CLI::App& app);
void add_predict(CLI::App& app);
void add_pretrain(CLI::App& app);
void add_report(CLI::App& app);
void add_train(CLI::App& app);
void add_verify(CLI::App& app);
void add_vocab(CLI::App& app);

}  // namespace albef::cli
