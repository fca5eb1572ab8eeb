#include "albef/base/config.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <sstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/numbers.h"

namespace albef {
namespace {

std::string joined(const std::vector<std::string>& items, const char* between) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : between) + item;
  return text;
}

size_t edits(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

// In a form that can be typed as the value itself.
std::string bound_text(double bound) {
  const bool whole = bound == std::floor(bound) && std::abs(bound) < 1e18;
  return whole ? std::to_string(static_cast<int64_t>(bound)) : str(bound);
}

std::string range_text(Range range) {
  if (std::isinf(range.low) && std::isinf(range.high)) return "";
  if (std::isinf(range.high)) return " of at least " + bound_text(range.low);
  if (std::isinf(range.low)) return " of at most " + bound_text(range.high);
  return " from " + bound_text(range.low) + " to " + bound_text(range.high);
}

// Nothing for what is no finite number, or outside.
std::optional<double> number_in(Range range, const YAML::Node& node) {
  double read = 0;
  const bool number = node.IsScalar() && parse_number(node.Scalar(), read) && std::isfinite(read);
  return number && read >= range.low && read <= range.high ? std::optional(read) : std::nullopt;
}

// A map key by key, so that an override replaces one value and leaves its neighbours.
void set_override(YAML::Node map, const std::string& key, const YAML::Node& value, const std::string& whole) {
  const auto dot = key.find('.');
  const std::string head = key.substr(0, dot);
  if (head.empty()) fail("--set ", whole, ": expected key=value, for example optimizer.lr=1e-4");
  if (dot == std::string::npos) {
    map[head] = value;
    return;
  }
  YAML::Node inner = map[head];
  if (inner.IsDefined() && !inner.IsNull() && !inner.IsMap())
    fail("--set ", whole, ": ", head, " is not a group of keys");
  if (!inner.IsDefined() || inner.IsNull()) map[head] = inner = YAML::Node(YAML::NodeType::Map);
  set_override(inner, key.substr(dot + 1), value, whole);
}

std::string at_line(const std::string& where, const YAML::Node& node) {
  return where + ":" + std::to_string(node.Mark().line + 1);
}

// yaml-cpp takes the first of two equal keys without a word. `maps` counts, since aliases can make a tree of a billion,
// and `depth`, since an alias within what it stands for makes one without an end.
void refuse_double_keys(const YAML::Node& node, const std::string& where, size_t& maps, int depth = 0) {
  constexpr size_t kMaxMaps = 10000;
  constexpr int kMaxDepth = 64;
  if (!node.IsMap() && !node.IsSequence()) return;
  if (++maps > kMaxMaps)
    fail(at_line(where, node), ": more than ", kMaxMaps, " lists and maps; this is no settings file");
  if (depth > kMaxDepth)
    fail(at_line(where, node), ": lists or maps nested deeper than ", kMaxDepth, "; this is no settings file");
  if (node.IsSequence()) {
    for (const auto& item : node) refuse_double_keys(item, where, maps, depth + 1);
    return;
  }
  std::map<std::string, int> lines;
  for (const auto& entry : node) {
    if (entry.first.IsScalar()) {
      const auto [first, is_new] = lines.emplace(entry.first.Scalar(), entry.first.Mark().line + 1);
      if (!is_new) {
        fail(at_line(where, entry.first), ": key '", printable(first->first, 40), "' is given twice, first in line ",
             first->second, "; remove one");
      }
    }
    refuse_double_keys(entry.second, where, maps, depth + 1);
  }
}

/// Remembers where the last document begins, and nothing else.
class DocumentStart : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line + 1; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
  int line = 1;
};

// A stray `,` or `]` behind a document's end is for yaml-cpp an empty document, of which there is no end.
void refuse_endless_documents(const std::string& text, const std::string& where) {
  constexpr int kMaxDocuments = 100;
  std::istringstream in(text);
  YAML::Parser parser(in);
  DocumentStart start;
  for (int documents = 0; parser.HandleNextDocument(start);) {
    if (++documents > kMaxDocuments) {
      fail(where, ":", start.line, ": not valid YAML: a stray , ] or } here, or more than ", kMaxDocuments,
           " documents; expected one of `key: value` lines");
    }
  }
}

// A copy that has no lines: it stands in no file.
YAML::Node without_lines(const YAML::Node& node) {
  if (node.IsScalar()) return YAML::Node(node.Scalar());
  YAML::Node copy(node.Type());
  if (node.IsSequence()) {
    for (const auto& item : node) copy.push_back(without_lines(item));
  } else if (node.IsMap()) {
    for (const auto& entry : node) copy[without_lines(entry.first)] = without_lines(entry.second);
  }
  return copy;
}

// Where a value stands: in a line of the file, or, without one, in an override.
std::string place_of(const YAML::Node& node, const std::string& where) {
  return node.Mark().line >= 0 ? at_line(where, node) : "--set, over " + where;
}

// The one document of a settings file.
YAML::Node load_document(const std::string& text, const std::string& where) {
  std::vector<YAML::Node> documents;
  try {
    refuse_endless_documents(text, where);
    documents = YAML::LoadAll(text);
  } catch (const YAML::Exception& error) {
    fail(where, ":", error.mark.line + 1, ": not valid YAML: ", printable(error.msg, 160));
  }
  std::erase_if(documents, [](const YAML::Node& document) { return !document.IsDefined() || document.IsNull(); });
  if (documents.size() > 1) {
    fail(at_line(where, documents[1]), ": a second YAML document begins (---); expected one, put all keys into it");
  }
  if (documents.empty()) return YAML::Node(YAML::NodeType::Map);
  if (!documents[0].IsMap()) fail(where, ": expected `key: value` lines");
  size_t maps = 0;
  refuse_double_keys(documents[0], where, maps);
  return documents[0];
}

}  // namespace

std::string nearest(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  size_t fewest = std::max<size_t>(2, name.size() / 2) + 1;
  for (const auto& candidate : known) {
    if (const size_t n = edits(name, candidate); n < fewest) {
      fewest = n;
      best = candidate;
    }
  }
  return best;
}

ConfigReader::ConfigReader(YAML::Node map, std::string where, std::string prefix)
    : map_(std::move(map)), where_(std::move(where)), prefix_(std::move(prefix)) {
  if (map_.IsMap()) return;
  const std::string name = prefix_.empty() ? "the file" : prefix_.substr(0, prefix_.size() - 1);
  fail(place_of(map_, where_), ": ", name, " must hold `key: value` lines");
}

YAML::Node ConfigReader::take(const char* name) {
  known_.emplace_back(name);
  const YAML::Node& map = map_;  // const: a look-up of an absent key must not add it
  return map[name];
}

std::vector<YAML::Node> ConfigReader::items_of(const YAML::Node& node) {
  if (!node.IsSequence()) return {node};
  return {node.begin(), node.end()};
}

YAML::Node ConfigReader::with_key(const YAML::Node& value, const char* key) {
  YAML::Node map(YAML::NodeType::Map);
  map[key] = value;
  return map;
}

void ConfigReader::wrong(const YAML::Node& node, const char* name, const std::string& expected) const {
  const std::string got = node.IsScalar()     ? "'" + printable(node.Scalar(), 40) + "'"
                          : node.IsMap()      ? "a map"
                          : node.IsSequence() ? "a list"
                                              : "nothing";
  fail(place_of(node, where_), ": ", prefix_, name, " is ", got, ", expected ", expected);
}

void ConfigReader::operator()(const char* name, bool& value, const char*) {
  const YAML::Node node = take(name);
  if (!node.IsDefined()) return;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) wrong(node, name, "true or false");
}

void ConfigReader::operator()(const char* name, int64_t& value, const char*, Range range) {
  const YAML::Node node = take(name);
  if (!node.IsDefined()) return;
  int64_t read = 0;
  const bool whole = node.IsScalar() && parse_number(node.Scalar(), read);
  if (!whole || static_cast<double>(read) < range.low || static_cast<double>(read) > range.high) {
    wrong(node, name, "a whole number" + range_text(range));
  }
  value = read;
}

void ConfigReader::operator()(const char* name, double& value, const char*, Range range) {
  const YAML::Node node = take(name);
  if (!node.IsDefined()) return;
  const auto read = number_in(range, node);
  if (!read) wrong(node, name, "a number" + range_text(range));
  value = *read;
}

void ConfigReader::operator()(const char* name, std::string& value, const char*, const Choices& choices) {
  const YAML::Node node = take(name);
  if (!node.IsDefined()) return;
  if (node.IsNull()) {
    value.clear();
    return;
  }
  if (!node.IsScalar()) wrong(node, name, "a text");
  const std::string& read = node.Scalar();
  if (!choices.empty() && std::find(choices.begin(), choices.end(), read) == choices.end()) {
    const std::string near = nearest(read, choices);
    wrong(node, name, "one of " + joined(choices, ", ") + (near.empty() ? "" : " (did you mean " + near + "?)"));
  }
  value = read;
}

void ConfigReader::operator()(const char* name, std::vector<std::string>& value, const char*) {
  const YAML::Node node = take(name);
  if (!node.IsDefined()) return;
  std::vector<std::string> read;
  if (node.IsScalar()) {
    if (!node.Scalar().empty()) read.push_back(node.Scalar());
  } else if (node.IsSequence()) {
    for (const auto& item : node) {
      if (!item.IsScalar()) wrong(item, name, "a list of texts");
      read.push_back(item.Scalar());
    }
  } else if (!node.IsNull()) {
    wrong(node, name, "a text or a list of texts");
  }
  value = std::move(read);
}

void ConfigReader::operator()(const char* name, std::vector<int64_t>& value, const char*, Range range) {
  const YAML::Node node = take(name);
  if (!node.IsDefined()) return;
  const auto number = [&](const YAML::Node& item) {
    int64_t read = 0;
    const bool whole = item.IsScalar() && parse_number(item.Scalar(), read);
    if (!whole || static_cast<double>(read) < range.low || static_cast<double>(read) > range.high)
      wrong(item, name, "a list of whole numbers" + range_text(range));
    return read;
  };
  std::vector<int64_t> read;
  if (node.IsSequence()) {
    for (const auto& item : node) read.push_back(number(item));
  } else {
    read.push_back(number(node));
  }
  value = std::move(read);
}

void ConfigReader::operator()(const char* name, NumberMap& value, const char*, Range range) {
  const YAML::Node node = take(name);
  if (!node.IsDefined()) return;
  if (!node.IsMap() && !node.IsNull()) wrong(node, name, "a map of names to numbers" + range_text(range));
  NumberMap read;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) wrong(entry.first, str(name, ": a key").c_str(), "a name");
    const std::string& key = entry.first.Scalar();
    const auto number = number_in(range, entry.second);
    if (!number) wrong(entry.second, str(name, ".", printable(key, 40)).c_str(), "a number" + range_text(range));
    read[key] = *number;  // the only one: keys that are given twice were refused when the file was read
  }
  value = std::move(read);
}

void ConfigReader::finish() {
  for (const auto& entry : map_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string near = nearest(key, known_);
    fail(place_of(entry.first, where_), ": unknown key '", prefix_, printable(key, 40), "'; ",
         near.empty() ? "known keys: " + joined(known_, ", ") : "did you mean '" + prefix_ + near + "'?");
  }
}

std::string ConfigWriter::text() {
  out_ << YAML::EndMap;
  return out_.c_str();
}

void ConfigWriter::write(const NumberMap& values) {
  out_ << YAML::Flow << YAML::BeginMap;
  for (const auto& [name, value] : values) {
    out_ << YAML::Key << name << YAML::Value;
    write(value);
  }
  out_ << YAML::EndMap;
}

void ConfigWriter::write(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out_ << std::string(text, end);
}

void ConfigHelp::line(const std::string& name, const std::string& value, const char* help, const Choices& choices) {
  std::string key = "  " + prefix_ + name + ": " + value;
  key.resize(std::max<size_t>(key.size() + 2, 38), ' ');
  text_ += key + help + (choices.empty() ? "" : " (" + joined(choices, " | ") + ")") + "\n";
}

YAML::Node parse_yaml(const std::string& text, const std::string& where, const std::vector<std::string>& overrides) {
  YAML::Node map = load_document(text, where);
  for (const auto& override_text : overrides) {
    const auto equals = override_text.find('=');
    if (equals == std::string::npos)
      fail("--set ", override_text, ": expected key=value, for example optimizer.lr=1e-4");
    YAML::Node value;
    try {
      value = YAML::Load(override_text.substr(equals + 1));
    } catch (const YAML::Exception& error) {
      fail("--set ", override_text, ": the value is not valid YAML: ", printable(error.msg, 160));
    }
    size_t maps = 0;
    refuse_double_keys(value, "--set " + override_text, maps);
    set_override(map, override_text.substr(0, equals), without_lines(value), override_text);
  }
  return map;
}

YAML::Node read_yaml(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  return parse_yaml(read_file(path, 1 << 20), path.string(), overrides);
}

}  // namespace albef
