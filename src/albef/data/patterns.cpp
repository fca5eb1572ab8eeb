#include "albef/data/patterns.h"

#include <glob.h>

#include <filesystem>
#include <optional>

#include "albef/base/error.h"
#include "albef/base/numbers.h"

namespace albef {
namespace {

constexpr uint64_t kMostSources = 1'000'000;

struct NumberRange {
  size_t begin = 0, end = 0;  // of "{A..B}" in the text
  std::string first, last;
};

std::optional<NumberRange> find_range(const std::string& text) {
  constexpr const char* kDigits = "0123456789";
  for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const size_t dots = text.find_first_not_of(kDigits, open + 1);
    if (dots == std::string::npos || dots == open + 1 || text.compare(dots, 2, "..") != 0) continue;
    const size_t close = text.find_first_not_of(kDigits, dots + 2);
    if (close == std::string::npos || close == dots + 2 || text[close] != '}') continue;
    return NumberRange{open, close + 1, text.substr(open + 1, dots - open - 1),
                       text.substr(dots + 2, close - dots - 2)};
  }
  return std::nullopt;
}

void expand_ranges(const std::string& source, const std::string& whole, std::vector<std::string>& sources) {
  const auto range = find_range(source);
  if (!range) {
    if (sources.size() >= kMostSources) fail(printable(whole), ": stands for more than ", kMostSources, " sources");
    sources.push_back(source);
    return;
  }
  uint64_t first = 0, last = 0;
  if (!parse_number(range->first, first) || !parse_number(range->last, last) || last < first ||
      last - first >= kMostSources) {
    fail(printable(whole), ": {", printable(range->first, 20), "..", printable(range->last, 20),
         "} is no range that goes up, by a million at most");
  }
  const size_t digits = range->first.starts_with('0') ? range->first.size() : 0;
  for (uint64_t number = first; number <= last; ++number) {
    std::string text = std::to_string(number);
    if (text.size() < digits) text.insert(0, digits - text.size(), '0');
    expand_ranges(source.substr(0, range->begin) + text + source.substr(range->end), whole, sources);
  }
}

std::vector<std::string> matching_files(const std::string& pattern) {
  std::error_code ignored;
  if (pattern.find_first_of("*?") == std::string::npos || std::filesystem::exists(pattern, ignored)) return {pattern};
  glob_t found{};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (files.empty()) fail(printable(pattern, 200), ": no file matches; check the pattern");
  return files;
}

}  // namespace

std::vector<std::string> expand_pattern(const std::string& source) {
  std::vector<std::string> sources;
  expand_ranges(source, source, sources);
  if (source.starts_with(kPipe)) return sources;
  std::vector<std::string> files;
  for (const std::string& one : sources) {
    for (std::string& file : matching_files(one)) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace albef
