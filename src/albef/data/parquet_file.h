// Tables in Parquet, read by Arrow: texts row by row, and pictures that lie in a column, a row group at a time.
//
// Why Arrow and not a reader of our own or a small one: Debian 12 has no library for the format, the small ones in C++
// are unmaintained or a copy of Arrow's, and what writers produce (five encodings, as many compressions, nesting,
// dictionaries, encryption, two versions of pages) is a moving target that Arrow's people follow and fuzz. It costs a
// wheel of 55 MB at build time, of which 62 MB of libraries lie beside the program, and can be left out
// (-DALBEF_PARQUET=OFF).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace albef {

struct ParquetColumn {
  std::string name;
  bool has_bytes = false;  ///< bytes, or a group with a field "bytes", as the hub stores pictures
  bool is_number = false;  ///< whole numbers
  bool is_text = false;
};

/// A row's values of a column: none where there is no value, several of a list. Numbers as texts.
using ParquetCell = std::vector<std::string>;

class ParquetFile {
 public:
  /// Error if the file is missing or no Parquet, or the program was built without it.
  explicit ParquetFile(const std::string& path);
  ~ParquetFile();

  const std::vector<ParquetColumn>& columns() const { return columns_; }
  const std::vector<uint64_t>& group_rows() const { return group_rows_; }  ///< rows of each row group

  /// Hands the values of these columns to `take`, row by row from the first. Error, naming the row group, for what is
  /// damaged or of a type that is neither text nor a whole number nor a list of these.
  void read_rows(const std::vector<size_t>& columns, const std::function<void(const std::vector<ParquetCell>&)>& take);

  /// Hands the bytes in each row of a row group to `take`; a null pointer where there are none. Error likewise.
  void read_bytes(size_t group, size_t column, const std::function<void(std::string_view)>& take);

 private:
  struct Reader;
  std::string path_;
  std::unique_ptr<Reader> reader_;
  std::vector<ParquetColumn> columns_;
  std::vector<uint64_t> group_rows_;
};

}  // namespace albef
