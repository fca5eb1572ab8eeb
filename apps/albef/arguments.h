// The command line's words: what CLI11 takes too easily, and what it says too little of.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace albef::cli {

inline constexpr int64_t kMostThreads = 4096;

/// An option's value is a whole number from `low` to `high`. CLI11 alone would take -1 for 2^64 - 1.
CLI::Validator whole_number(int64_t low, int64_t high = INT64_MAX);

/// The same for a number that may have a fraction.
CLI::Validator number(double low, double high);

/// An option of several values, in a row or repeated, each taken as it stands: CLI11 alone would take "[a, b]" for two.
CLI::Option* add_values(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                        const std::string& help);

/// --recall-at: the k of the recalls that are shown, "1,5,10,50" or repeated; empty: the run's.
void add_recall_at(CLI::App& command, std::vector<int64_t>& recall_at);

/// One line for a command line that CLI11 refused: the word that is unknown and the nearest known one; else what CLI11
/// says.
std::string complaint_of(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv);

}  // namespace albef::cli
