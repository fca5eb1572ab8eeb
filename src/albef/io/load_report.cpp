#include <algorithm>
#include <cstdio>

#include "albef/base/error.h"
#include "albef/io/weights.h"

namespace albef {
namespace {

using Entries = std::vector<LoadReport::Entry>;

/// "text_encoder.bert.encoder.layer.7.output" -> "text_encoder.bert.encoder.layer.*.output".
std::string without_numbers(const std::string& name) {
  std::string result;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t dot = std::min(name.find('.', begin), name.size());
    const std::string part = name.substr(begin, dot - begin);
    const bool is_number = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
    result += (begin ? "." : "") + (is_number ? "*" : part);
    begin = dot + 1;
  }
  return result;
}

std::string first_part(const std::string& name) {
  const size_t dot = name.find('.');
  return dot == std::string::npos ? name : name.substr(0, dot) + ".*";
}

struct Group {
  std::string name, note;
  size_t tensors = 0;
  int64_t elements = 0;
};

/// In the order of their first entries.
std::vector<Group> group(const Entries& entries, std::string (*key)(const std::string&)) {
  std::vector<Group> groups;
  std::map<std::string, size_t> places;
  for (const auto& entry : entries) {
    const std::string name = key(entry.name);
    const auto [place, is_new] = places.emplace(name, groups.size());
    if (is_new) groups.push_back({name, entry.note});
    Group& found = groups[place->second];
    ++found.tensors;
    found.elements += entry.elements;
  }
  return groups;
}

std::string lines(const char* label, const Entries& entries, std::string (*key)(const std::string&)) {
  std::string text;
  for (const Group& g : group(entries, key)) {
    char counts[80];
    std::snprintf(counts, sizeof counts, "  %-11s %5zu tensor%s %12lld  ", label, g.tensors, g.tensors == 1 ? " " : "s",
                  static_cast<long long>(g.elements));
    text += counts + g.name + (g.note.empty() ? "" : "  " + g.note) + "\n";
  }
  return text;
}

}  // namespace

std::string LoadReport::table() const {
  Entries unused_parts, unused_tensors;
  for (const auto& entry : unused) (entry.note.empty() ? unused_parts : unused_tensors).push_back(entry);
  return str(source, ": ", loaded.size(), " tensors loaded, ", resized.size(), " resized, ", initialised.size(),
             " newly initialised, ", dropped.size() + unused.size(), " unused\n",
             note.empty() ? "" : "  names       " + note + "\n") +
         lines("loaded", loaded, first_part) + lines("resized", resized, without_numbers) +
         lines("new", initialised, without_numbers) + lines("unused", unused_parts, first_part) +
         lines("unused", unused_tensors, without_numbers) + lines("dropped", dropped, without_numbers);
}

}  // namespace albef
