// Where the pictures of a list lie that has no names for them: "pictures/{row:09}.jpg", "{key:.5}/{key}.jpg".
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace albef {

/// {row} stands for the record's number in its file, counted from 0 (a table's header does not count), {NAME} for a
/// value of the record; {{ and }} are braces. Behind a colon stand two of Python's formats: 09 (also 09d, 0>9) fills up
/// with zeros from the left to that length, .5 keeps the first 5 characters; 09.5 does the one, then the other.
class PictureTemplate {
 public:
  /// Whether an option is a template, and not a column's name.
  static bool is_template(const std::string& text) { return text.find('{') != std::string::npos; }

  /// `column` gives a column's place by its name, or throws Error. `list` is for messages. Error for braces that do not
  /// fit and for other formats.
  PictureTemplate(const std::string& list, const std::string& text,
                  const std::function<size_t(const std::string& name)>& column);

  const std::vector<size_t>& columns() const { return columns_; }  ///< places of those that are used
  /// `value` gives the record's value of a column by its place.
  std::string path(uint64_t row, const std::function<std::string_view(size_t column)>& value) const;

 private:
  struct Part {
    std::string text;  // as it is
    bool is_row = false;
    size_t column = 0;
    size_t width = 0, longest = std::string::npos;
  };
  Part field(const std::string& inner, const std::function<size_t(const std::string& name)>& column);
  [[noreturn]] void wrong(const std::string& what) const;

  std::string list_, template_;
  std::vector<Part> parts_;  // a text each but the last, with the field behind it
  std::string end_;
  std::vector<size_t> columns_;
};

/// Whether a relative path would leave the folder that it is relative to: it is absolute, or has a part "..".
bool leads_outside(const std::string& path);

/// Why no picture can be there: "picture path leads outside" of `root` (absolute, or with a part ".."), "no such file";
/// nullptr: it can be read.
const char* picture_path_fault(const std::string& root, const std::string& path);

}  // namespace albef
