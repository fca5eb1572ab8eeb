// The columns of a table, as train_data's options name them.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace albef {

/// What columns usually are called, in small letters.
inline constexpr std::array kImageColumns = {"image", "filepath", "file_name", "path", "image_path"};
inline constexpr std::array kCaptionColumns = {"caption", "captions", "title", "text"};

class TableColumns {
 public:
  /// `first`: the names, or where the table has none the values of its first row, for messages. `file` likewise.
  TableColumns(std::string file, std::vector<std::string> first, bool has_names);

  /// By name, else by number from 1. Error that lists the columns there are.
  size_t place(const std::string& column) const;
  /// By name alone.
  std::optional<size_t> named(const std::string& name) const;
  /// The first of these names that a column has, in letters of any size.
  std::optional<size_t> usual(std::span<const char* const> names) const;
  /// Whether the column at a place is called by one of them.
  bool is_usual(size_t place, std::span<const char* const> names) const;
  /// "columns: 1 'caption', 2 'url'", or "columns in its first row: 1 'a dog', 2 'http://...'"
  std::string described() const;

 private:
  std::string file_;
  std::vector<std::string> first_;
  bool has_names_;
};

}  // namespace albef
