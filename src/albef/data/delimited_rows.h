// Rows of tables in text, one at a time: CSV as RFC 4180 has it, and TSV as the web has it.
#pragma once
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace albef {

enum class Quotes {
  kSpanning,  ///< a field that begins with a quote goes to the next single one, over separators and line ends; "" is "
  kInLine,    ///< only if that stands on the same line, directly before a separator or the end; else they are text
};

struct DelimitedRow {
  std::vector<std::string> fields = {};
  /// Why it cannot be used: "unclosed quote", "text behind a quote", "row over 16 MB" (kMaxRecordBytes). Reading then
  /// goes on behind the line in which it began. nullptr: it can.
  const char* fault = nullptr;
};

class DelimitedRows {
 public:
  /// Error if the file is missing, no regular file or cannot be opened.
  DelimitedRows(const std::string& path, char separator, Quotes quotes);

  /// False at the end. Empty lines are no rows; a byte order mark at the beginning and the \r of \r\n are no text.
  /// Memory: the row under way. Error if the file cannot be read.
  bool next(DelimitedRow& row);

 private:
  int peek(size_t at);
  bool refill();
  bool find_line();
  const char* skip_line();
  void split_line(std::string_view line, std::vector<std::string>& fields) const;
  const char* split_quoted(std::vector<std::string>& fields);
  const char* quoted(std::string& field, size_t& at);
  bool ends_line(size_t at);

  std::string path_;
  char separator_;
  Quotes quotes_;
  std::ifstream in_;
  std::string buffer_;
  size_t begin_ = 0;                  // of the row under way in the buffer
  size_t line_ = 0, next_ = 0;        // bytes of its first line, and to the next row
  uint64_t passed_ = 0, wasted_ = 0;  // bytes before the row, and those that were read in vain
};

}  // namespace albef
