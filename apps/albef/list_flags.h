// The flags of commands that read lists of pictures with captions: those of an entry of train_data.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "albef/data/list_options.h"

namespace albef::cli {

struct ListFlags {
  std::vector<std::string> sources;
  ListOptions options;  ///< of all of them

  std::vector<ListOptions> lists() const { return lists(sources); }
  std::vector<ListOptions> lists(const std::vector<std::string>& named) const;  ///< with the same options
};

void add_list_flags(CLI::App& command, ListFlags& flags);

}  // namespace albef::cli
