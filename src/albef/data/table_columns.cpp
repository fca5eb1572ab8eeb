#include "albef/data/table_columns.h"

#include <algorithm>
#include <cctype>

#include "albef/base/error.h"
#include "albef/base/numbers.h"

namespace albef {
namespace {

std::string in_small_letters(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

TableColumns::TableColumns(std::string file, std::vector<std::string> first, bool has_names)
    : file_(std::move(file)), first_(std::move(first)), has_names_(has_names) {}

size_t TableColumns::place(const std::string& column) const {
  if (const auto found = named(column)) return *found;
  size_t number = 0;
  const bool is_number = parse_number(column, number);
  if (is_number && number >= 1 && number <= first_.size()) return number - 1;
  fail(file_, ": has no column '", printable(column, 40), "'", is_number ? " (they count from 1)" : "", "; ",
       described(), has_names_ || is_number ? "" : "; if these are names, say header: yes");
}

std::optional<size_t> TableColumns::named(const std::string& name) const {
  const auto found = std::ranges::find(first_, name);
  if (!has_names_ || found == first_.end()) return std::nullopt;
  return static_cast<size_t>(found - first_.begin());
}

std::optional<size_t> TableColumns::usual(std::span<const char* const> names) const {
  if (!has_names_) return std::nullopt;
  for (const char* name : names) {
    const auto found = std::ranges::find(first_, name, in_small_letters);
    if (found != first_.end()) return static_cast<size_t>(found - first_.begin());
  }
  return std::nullopt;
}

bool TableColumns::is_usual(size_t place, std::span<const char* const> names) const {
  return has_names_ && place < first_.size() &&
         std::ranges::find(names, in_small_letters(first_[place])) != names.end();
}

std::string TableColumns::described() const {
  constexpr size_t kMost = 20, kLongest = 30;
  std::string text;
  for (size_t i = 0; i < std::min(first_.size(), kMost); ++i)
    text += str(i == 0 ? "" : ", ", i + 1, " '", printable(first_[i], kLongest), "'");
  return (has_names_ ? "columns: " : "columns in its first row: ") + text + (first_.size() > kMost ? ", ..." : "");
}

}  // namespace albef
