// Settings written out: as YAML, and as lines for `--help`. The fields of a struct are told as in base/config.h.
#pragma once
#include <yaml-cpp/yaml.h>

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

template <class T>
struct IsGroupList : std::false_type {};
template <Group S>
struct IsGroupList<std::vector<S>> : std::true_type {};

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
    } else if constexpr (IsGroupList<T>::value) {
      if (value.empty()) out_ << YAML::Flow;  // [] in one line
      out_ << YAML::BeginSeq;
      for (const auto& item : value) {
        out_ << YAML::BeginMap;
        fields(*this, const_cast<typename T::value_type&>(item));
        out_ << YAML::EndMap;
      }
      out_ << YAML::EndSeq;
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
    } else if constexpr (IsGroupList<T>::value) {
      line(name, "[]", help, {});
      ConfigHelp inner(prefix_ + "  - ");
      typename T::value_type defaults;
      fields(inner, defaults);
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

}  // namespace albef
