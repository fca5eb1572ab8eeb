// Tables of pictures and captions in text: .csv and .tsv.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "albef/base/error.h"
#include "albef/base/numbers.h"
#include "albef/data/delimited_rows.h"
#include "albef/data/formats.h"
#include "albef/data/picture_template.h"
#include "albef/data/table_columns.h"

namespace albef {
namespace {

bool ends_in(const std::string& path, const char* ending) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
  return extension == ending;
}

char separator_of(const std::string& path, const std::string& option) {
  if (option == "auto") return ends_in(path, ".tsv") ? '\t' : ',';
  if (option == "tab" || option == "\\t") return '\t';
  if (option.size() == 1 && std::string_view("\"\r\n").find(option) == std::string_view::npos) return option[0];
  fail(path, ": separator is '", printable(option, 40), "', expected one character (no quote), tab or auto");
}

std::string without_blanks(const std::string& name) {
  const size_t begin = name.find_first_not_of(' ');
  return begin == std::string::npos ? "" : name.substr(begin, name.find_last_not_of(' ') + 1 - begin);
}

std::vector<std::string> names_of(const std::vector<std::string>& first) {
  std::vector<std::string> names;
  for (const std::string& field : first) names.push_back(without_blanks(field));
  return names;
}

/// Whether the first row names the columns. If not told: whether one that is asked for is called so, or one that will
/// be used has a usual name.
bool is_header(const ListOptions& list, const std::vector<std::string>& first) {
  const TableColumns names(list.source, names_of(first), true);
  const auto is_headed = [&](const std::string& asked, std::span<const char* const> usual) {
    if (PictureTemplate::is_template(asked)) return false;
    if (asked.empty()) return names.usual(usual).has_value();
    size_t number = 0;
    return names.named(asked) || (parse_number(asked, number) && names.is_usual(number - 1, usual));
  };
  if (list.header != "auto") return list.header == "yes";
  return is_headed(list.image, kImageColumns) || is_headed(list.caption, kCaptionColumns);
}

/// Where a table has what.
class Table {
 public:
  /// `first`: its first row.
  Table(const std::string& path, const PairCollector& pairs, const std::vector<std::string>& first)
      : list_(pairs.list()),
        has_header_(is_header(list_, first)),
        columns_(path, names_of(first), has_header_),
        most_(first.size()) {
    const auto place = [&](const std::string& name) { return columns_.place(name); };
    if (PictureTemplate::is_template(list_.image)) {
      pictures_ = std::make_unique<PictureTemplate>(path, list_.image, place);
      for (const size_t column : pictures_->columns()) need(column);
    } else if (!list_.image.empty()) {
      image_ = need(place(list_.image));
    } else if (const auto usual = columns_.usual(kImageColumns)) {
      image_ = need(*usual);
    } else {
      fail(path,
           ": no column is known to name the pictures; set image to one of them, by name or number, or to where "
           "the pictures lie, as in image: 'pictures/{row:09}.jpg'; ",
           columns_.described());
    }
    auto caption = list_.caption.empty() ? columns_.named(pairs.caption_field()) : place(list_.caption);
    if (!caption) caption = columns_.usual(kCaptionColumns);
    if (!caption) {
      fail(path,
           ": no column is known to have the captions; set caption to one of them, by name or number, as in "
           "caption: 1; ",
           columns_.described());
    }
    caption_ = need(*caption);
    image_id_ = columns_.named("image_id");
  }

  bool has_header() const { return has_header_; }

  /// `number`: from 1.
  void take(const DelimitedRow& row, uint64_t number, PairCollector& pairs) const {
    RawPair pair{.number = number};
    if (row.fault != nullptr) return pairs.reject(pair, row.fault);
    if (row.fields.size() < needed_) return pairs.reject(pair, "too few columns");
    if (row.fields.size() > most_) return pairs.reject(pair, "too many columns");
    if (pictures_) {
      pair.image = pictures_->path(number - 1, [&](size_t column) { return std::string_view(row.fields[column]); });
      if (const char* fault = picture_path_fault(list_.image_root, pair.image)) return pairs.reject(pair, fault);
    } else {
      pair.image = row.fields[image_];
    }
    pair.captions = {row.fields[caption_]};
    if (image_id_ && *image_id_ < row.fields.size() && !row.fields[*image_id_].empty())
      pair.image_id = "text " + row.fields[*image_id_];
    pairs.take(std::move(pair));
  }

 private:
  size_t need(size_t column) {
    needed_ = std::max(needed_, column + 1);
    return column;
  }

  const ListOptions& list_;
  bool has_header_;
  TableColumns columns_;
  size_t most_;  // columns of a row: a caption whose commas are not quoted would be cut
  std::unique_ptr<const PictureTemplate> pictures_;  // null: a column names them
  size_t image_ = 0, caption_ = 0, needed_ = 0;
  std::optional<size_t> image_id_;
};

void read(const std::string& path, PairCollector& pairs) {
  DelimitedRows rows(path, separator_of(path, pairs.list().separator),
                     ends_in(path, ".tsv") ? Quotes::kInLine : Quotes::kSpanning);
  DelimitedRow row;
  if (!rows.next(row)) fail(path, ": is empty, expected a table of pictures and captions");
  if (row.fault != nullptr) fail(path, ": its first row cannot be read: ", row.fault);
  pairs.begin_source(path);
  const Table table(path, pairs, row.fields);
  bool more = !table.has_header() || rows.next(row);
  for (uint64_t number = 1; more; ++number) {
    table.take(row, number, pairs);
    more = rows.next(row);
  }
}

bool recognises(const std::string& path) {
  return ends_in(path, ".csv") || ends_in(path, ".tsv");
}

}  // namespace

extern constinit const ListFormat delimited_list = {
    recognises,
    read_each<read>,
    "a table (.csv, .tsv)",
    {.image = true, .caption = true, .separator = true, .header = true}};

}  // namespace albef
