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
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

namespace albef {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};
using Choices = std::vector<std::string>;
using NumberMap = std::map<std::string, double>;  ///< numbers by names that are free

/// A struct with fields() of its own: a plain one, which texts and lists are not.
template <class T>
concept Group = std::is_class_v<T> && std::is_aggregate_v<T>;

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

  void finish();  ///< Error for a key that no field took, with the nearest that there is

 private:
  YAML::Node take(const char* name);
  [[noreturn]] void wrong(const YAML::Node& node, const char* name, const std::string& expected) const;

  YAML::Node map_;
  std::string where_, prefix_;
  std::vector<std::string> known_;
};

/// Writes a struct as a YAML map.
class ConfigWriter {
 public:
  ConfigWriter() { out_ << YAML::BeginMap; }
  template <class T, class... Rest>
  void operator()(const char* name, const T& value, const char*, const Rest&...) {
    out_ << YAML::Key << name << YAML::Value;
    if constexpr (std::is_same_v<T, double> || std::is_same_v<T, NumberMap>) {
      write(value);
    } else if constexpr (Group<T>) {
      out_ << YAML::BeginMap;
      fields(*this, const_cast<T&>(value));
      out_ << YAML::EndMap;
    } else {
      out_ << YAML::Flow << value;  // a list in one line
    }
  }
  std::string text();  ///< of all that was written; called once, at the end

 private:
  void write(double value);  ///< the shortest text that reads back as the same double
  void write(const NumberMap& values);
  YAML::Emitter out_;
};

/// Collects "key  help (default)" lines for `--help`.
class ConfigHelp {
 public:
  explicit ConfigHelp(std::string prefix = "") : prefix_(std::move(prefix)) {}
  template <class T, class... Rest>
  void operator()(const char* name, const T& value, const char* help, const Rest&... rest) {
    if constexpr (Group<T>) {
      ConfigHelp inner(prefix_ + name + ".");
      fields(inner, const_cast<T&>(value));
      text_ += inner.text();
    } else {
      ConfigWriter writer;
      writer(name, value, help);
      line(name, writer.text().substr(std::string(name).size() + 2), help, choices(rest...));
    }
  }
  const std::string& text() const { return text_; }

 private:
  static Choices choices() { return {}; }
  static Choices choices(const Choices& list) { return list; }
  static Choices choices(const Range&) { return {}; }
  void line(const std::string& name, const std::string& value, const char* help, const Choices& choices);
  std::string prefix_, text_;
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
