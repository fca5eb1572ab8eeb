#include "albef/data/splits.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "albef/base/error.h"

namespace fs = std::filesystem;

namespace albef {

ListName parse_list_name(const std::string& name) {
  std::error_code ignored;
  const size_t mark = name.rfind('#');
  if (mark == std::string::npos || fs::exists(name, ignored)) return {name, {}};
  const std::string path = name.substr(0, mark);
  if (!fs::exists(path, ignored)) return {name, {}};  // told by its whole name
  std::vector<std::string> splits;
  std::istringstream words(name.substr(mark + 1));
  for (std::string word; std::getline(words, word, ',');) splits.push_back(word);
  if (splits.empty()) fail(name, ": names no split behind #");
  return {path, splits};
}

bool SplitChoice::takes(const std::string& split) {
  ++counts_[split];
  return std::ranges::find(splits_, split) != splits_.end();
}

void SplitChoice::check() const {
  std::string known;
  for (const auto& [split, count] : counts_)
    known += str(known.empty() ? "" : ", ", printable(split, 40), " (", count, ")");
  for (const auto& split : splits_) {
    if (!counts_.contains(split)) {
      fail(name_, ": has no split '", printable(split, 40), "'",
           known.empty() ? "; its records tell of none" : "; it has " + known);
    }
  }
  if (splits_.empty() && !counts_.empty())
    fail(name_, ": has the splits ", known, "; name one or more behind it, as in ", name_, "#", counts_.begin()->first);
}

}  // namespace albef
