// Lists that hold several splits in one file, as publishers' do: "dataset_coco.json#train,restval" names two of them.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace albef {

struct ListName {
  std::string path;
  std::vector<std::string> splits;  ///< that are asked for; empty: none are named
};

/// What behind the last # names splits, unless the whole is a file's name.
ListName parse_list_name(const std::string& name);

/// Which records of a file are asked for, by their splits.
class SplitChoice {
 public:
  /// `name`: as the user gave it, for messages.
  SplitChoice(std::string name, std::vector<std::string> splits) : name_(std::move(name)), splits_(std::move(splits)) {}

  /// Counts a record, and says whether it is asked for.
  bool takes(const std::string& split);
  /// Behind the last record. Error if the file has splits and none are asked for, or one that it does not have: it
  /// lists those that there are.
  void check() const;

 private:
  std::string name_;
  std::vector<std::string> splits_;
  std::map<std::string, uint64_t> counts_;
};

}  // namespace albef
