#include "apps/albef/arguments.h"

#include <string_view>

#include "albef/base/config.h"
#include "albef/base/error.h"
#include "albef/base/numbers.h"

namespace albef::cli {
namespace {

// "unknown command 'pretrian'; did you mean 'pretrain'?"
std::string unknown(const char* kind, const std::string& word, const std::vector<std::string>& known,
                    const std::string& command) {
  // Their dashes are alike in all flags, and would make any short one look near.
  const std::string dashes = word.starts_with("--") ? "--" : "";
  std::vector<std::string> bare;
  for (const auto& name : known) bare.push_back(name.substr(name.starts_with(dashes) ? dashes.size() : 0));
  std::string near = nearest(word.substr(dashes.size()), bare);
  if (!near.empty()) near = dashes + near;
  return str("unknown ", kind, " '", printable(word, 40), "'; ",
             near.empty() ? "`" + command + " --help` lists those that there are" : "did you mean '" + near + "'?");
}

std::vector<std::string> flags_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* inner : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(inner->get_name());
  return names;
}

// Parsed strictly: CLI11 would take "" for 0.
template <class T>
CLI::Validator within(T low, T high, const std::string& kind, const std::string& expected) {
  const auto check = [=](const std::string& text) -> std::string {
    T value = 0;
    if (parse_number(text, value) && value >= low && value <= high) return "";
    return str("is '", printable(text, 40), "', expected a ", kind, " ", expected);
  };
  return CLI::Validator(check, kind + " " + expected);
}

}  // namespace

CLI::Validator whole_number(int64_t low, int64_t high) {
  const std::string bounds = high == INT64_MAX ? str("from ", low) : str("from ", low, " to ", high);
  return within(low, high, "whole number", bounds);
}

CLI::Validator number(double low, double high) {
  return within(low, high, "number", str("from ", low, " to ", high));
}

CLI::Option* add_values(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                        const std::string& help) {
  constexpr int kMost = 1 << 20;  // with a limit, and without "extra" ones, CLI11 takes no list apart
  return command.add_option(name, values, help)->expected(1, kMost)->allow_extra_args(false);
}

void add_recall_at(CLI::App& command, std::vector<int64_t>& recall_at) {
  command
      .add_option("--recall-at", recall_at,
                  "k of the recalls, such as 1,5,10,50; means stay those of 1, 5 and 10. Default: the run's recall_at")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(whole_number(1, 1'000'000'000));
}

std::string complaint_of(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const CLI::App* command = &app;
  std::string path = app.get_name();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word.size() > 1 && word[0] == '-' && !std::isdigit(static_cast<unsigned char>(word[1]))) {
      const std::string flag(word.substr(0, word.find('=')));
      const auto* option = command->get_option_no_throw(flag);
      if (!option) return unknown("flag", flag, flags_of(*command), path);
      if (option->get_expected_min() > 0 && word.find('=') == std::string_view::npos) ++i;  // its value
    } else if (const auto inner = commands_of(*command); !inner.empty()) {
      const std::string name(word);
      if (std::find(inner.begin(), inner.end(), name) == inner.end()) return unknown("command", name, inner, path);
      command = command->get_subcommand(name);
      path += " " + name;
    }
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) && !commands_of(*command).empty()) {
    std::string names;
    for (const auto& name : commands_of(*command)) names += (names.empty() ? "" : ", ") + name;
    return "`" + path + "` needs a command: " + names;
  }
  return str(error.what(), " (`", path, " --help` shows how it is used)");
}

}  // namespace albef::cli
