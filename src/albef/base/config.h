// Settings: one list of fields per struct drives the reading of YAML, `--set key=value`, `--help`, printing and the
// copy in a checkpoint. Beside a struct S stands
//
//   template <class Visitor> void fields(Visitor& v, S& s) {
//     v("lr", s.lr, "peak learning rate", Range{0, 1});
//     v("negatives", s.negatives, "how ITM's negatives are chosen", Choices{"sampled", "hardest"});
//     v("optimizer", s.optimizer, "AdamW's settings");   // a struct with fields() of its own
//   }
#pragma once
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "albef/base/config_writer.h"

namespace albef {

/// Reads one YAML map into a struct. Every complaint names the file, the line and the key.
class ConfigReader {
 public:
  ConfigReader(YAML::Node map, std::string where, std::string prefix = "");

  void operator()(const char* name, bool& value, const char* help);
  void operator()(const char* name, int64_t& value, const char* help, Range range = {});
  void operator()(const char* name, double& value, const char* help, Range range = {});
  void operator()(const char* name, std::string& value, const char* help, const Choices& choices = {});
  /// One value is a list of one.
  void operator()(const char* name, std::vector<std::string>& value, const char* help);
  void operator()(const char* name, std::vector<int64_t>& value, const char* help, Range range = {});
  void operator()(const char* name, NumberMap& value, const char* help, Range range = {});
  template <Group S>
  void operator()(const char* name, S& value, const char*) {
    const YAML::Node node = take(name);
    if (!node.IsDefined() || node.IsNull()) return;
    ConfigReader inner(node, where_, prefix_ + name + ".");
    fields(inner, value);
    inner.finish();
  }

  /// A list of groups. One value is a list of one; a text stands for a group of which only the first field is set.
  template <Group S>
  void operator()(const char* name, std::vector<S>& value, const char*) {
    const YAML::Node node = take(name);
    if (!node.IsDefined() || node.IsNull()) return;
    value.clear();
    for (const YAML::Node& item : items_of(node)) {
      S group;
      FirstField first;
      fields(first, group);
      ConfigReader inner(item.IsScalar() ? with_key(item, first.name) : item, where_, prefix_ + name + ".");
      fields(inner, group);
      inner.finish();
      value.push_back(std::move(group));
    }
  }

  void finish();  ///< Error for a key that no field took, with the nearest that there is

 private:
  struct FirstField {
    const char* name = nullptr;
    template <class... Rest>
    void operator()(const char* field, const Rest&...) {
      if (name == nullptr) name = field;
    }
  };
  static std::vector<YAML::Node> items_of(const YAML::Node& node);
  static YAML::Node with_key(const YAML::Node& value, const char* key);
  YAML::Node take(const char* name);
  [[noreturn]] void wrong(const YAML::Node& node, const char* name, const std::string& expected) const;

  YAML::Node map_;
  std::string where_, prefix_;
  std::vector<std::string> known_;
};

/// The YAML of `path` with each "key=value" or "a.b=value" of `overrides` laid over it. Error if the file
/// is not one map, or gives a key twice.
YAML::Node read_yaml(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
YAML::Node parse_yaml(const std::string& text, const std::string& where,
                      const std::vector<std::string>& overrides = {});

template <class S>
void read_config(const YAML::Node& map, const std::string& where, S& settings) {
  ConfigReader reader(map, where);
  fields(reader, settings);
  reader.finish();
}

template <class S>
std::string config_text(const S& settings) {
  ConfigWriter writer;
  fields(writer, const_cast<S&>(settings));
  return writer.text() + "\n";
}

template <class S>
std::string config_help() {
  ConfigHelp help;
  S defaults;
  fields(help, defaults);
  return help.text();
}

/// The entry of `known` with the fewest edits to `name`, or "" if none is near.
std::string nearest(const std::string& name, const std::vector<std::string>& known);

}  // namespace albef
