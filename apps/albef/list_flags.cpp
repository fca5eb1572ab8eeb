#include "apps/albef/list_flags.h"

#include "apps/albef/arguments.h"

namespace albef::cli {
namespace {

/// Declares a flag for each field of ListOptions but for those that a command has no use for.
struct FlagMaker {
  CLI::App& command;

  static bool is_left_out(const std::string& name) { return name == "source" || name == "weight"; }
  static std::string flag(std::string name) {
    for (char& c : name) c = c == '_' ? '-' : c;
    return "--" + name;
  }
  void operator()(const char* name, std::string& value, const char* help) {
    if (!is_left_out(name)) command.add_option(flag(name), value, help)->capture_default_str();
  }
  void operator()(const char* name, std::string& value, const char* help, const Choices& choices) {
    command.add_option(flag(name), value, help)->capture_default_str()->check(CLI::IsMember(choices));
  }
  void operator()(const char* name, int64_t& value, const char* help, Range range) {
    command.add_option(flag(name), value, help)
        ->capture_default_str()
        ->check(whole_number(static_cast<int64_t>(range.low), static_cast<int64_t>(range.high)));
  }
  void operator()(const char*, double&, const char*, Range) {}  // the weight
};

}  // namespace

std::vector<ListOptions> ListFlags::lists(const std::vector<std::string>& named) const {
  std::vector<ListOptions> lists;
  for (const auto& source : named) {
    lists.push_back(options);
    lists.back().source = source;
  }
  return lists;
}

void add_list_flags(CLI::App& command, ListFlags& flags) {
  command.add_option("SOURCE", flags.sources, "lists, folders, tables or shards, as in train_data")->required();
  FlagMaker maker{command};
  fields(maker, flags.options);
}

}  // namespace albef::cli
