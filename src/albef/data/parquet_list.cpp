// Parquet tables as img2dataset and the hub write them, with pictures in a column or as files beside.
#include <algorithm>
#include <optional>

#include "albef/base/error.h"
#include "albef/base/numbers.h"
#include "albef/data/formats.h"
#include "albef/data/parquet_file.h"
#include "albef/data/spooled_file.h"

namespace albef {
namespace {

/// The pictures of a row group, one behind the other.
struct FetchedRows {
  std::shared_ptr<const SpooledFile> bytes;
  std::vector<uint64_t> starts;
};

class ParquetPictures : public PictureContainer {
 public:
  ParquetPictures(std::string path, size_t column, const std::vector<uint64_t>& group_rows)
      : path_(std::move(path)), column_(column), begin_{0} {
    for (const uint64_t rows : group_rows) begin_.push_back(begin_.back() + rows);
  }

  std::string read(const std::string& member, const std::string& name, FetchCache& cache) const override {
    uint64_t row = 0;
    if (!parse_number(member, row) || row < 1 || row > begin_.back())
      throw UnusableSample(name + ": no such row", "no such file");
    const auto behind = std::upper_bound(begin_.begin(), begin_.end(), --row);
    const auto group = static_cast<size_t>(behind - begin_.begin()) - 1;
    const auto rows = cache.get<FetchedRows>(this, group, [&] { return fetch(group); });
    const uint64_t i = row - begin_[group];
    if (i + 1 >= rows->starts.size()) throw UnusableSample(name + ": the file has changed", "unreadable file");
    const uint64_t size = rows->starts[i + 1] - rows->starts[i];
    if (size == 0) throw UnusableSample(name + ": the row has no picture", "no picture in the row");
    return rows->bytes->read(rows->starts[i], size, name);
  }

 private:
  std::shared_ptr<const FetchedRows> fetch(size_t group) const {
    auto rows = std::make_shared<FetchedRows>();
    SpoolWriter copy;
    rows->starts.push_back(0);
    try {
      ParquetFile(path_).read_bytes(group, column_, [&](std::string_view bytes) {
        copy.write(bytes);
        rows->starts.push_back(copy.size());
      });
    } catch (const SpoolFull&) {
      throw;
    } catch (const Error& error) {
      throw UnusableSample(error.what(), "damaged row group");
    }
    rows->bytes = copy.finish();
    return rows;
  }

  std::string path_;
  size_t column_;
  std::vector<uint64_t> begin_;  // each row group's first row, and the end
};

constexpr const char* kPictureNames[] = {"image", "jpg", "jpeg", "png", "webp", "img"};
constexpr const char* kPathNames[] = {"image", "filepath", "file_name", "path", "image_path"};
constexpr const char* kCaptionNames[] = {"caption", "captions", "text", "TEXT", "title"};

/// The columns that a list is made of.
struct Columns {
  size_t image = 0, caption = 0;
  std::optional<size_t> image_id;
  bool embedded = false;  // the pictures lie in the column
};

std::string names_of(const ParquetFile& file) {
  std::string names;
  for (const ParquetColumn& column : file.columns()) names += (names.empty() ? "" : ", ") + printable(column.name, 40);
  return names;
}

std::optional<size_t> find(const ParquetFile& file, const std::string& name) {
  const auto& columns = file.columns();
  const auto found = std::ranges::find(columns, name, &ParquetColumn::name);
  size_t number = 0;
  if (found != columns.end()) return static_cast<size_t>(found - columns.begin());
  if (parse_number(name, number) && number >= 1 && number <= columns.size()) return number - 1;
  return std::nullopt;
}

size_t choose(const std::string& path, const ParquetFile& file, const char* what, const std::string& asked,
              std::span<const char* const> usual, const auto& fits) {
  if (!asked.empty()) {
    if (const auto found = find(file, asked)) return *found;
    fail(path, ": has no column '", printable(asked, 40), "'; its columns are ", names_of(file));
  }
  for (const char* name : usual) {
    const auto found = find(file, name);
    if (found && fits(file.columns()[*found])) return *found;
  }
  fail(path, ": which column has the ", what, "s? Set ", what, " to one of ", names_of(file));
}

void hand_over(const std::string& path, ParquetFile& file, const Columns& columns, PairCollector& pairs) {
  std::vector<size_t> wanted = {columns.caption};
  if (!columns.embedded) wanted.push_back(columns.image);
  if (columns.image_id) wanted.push_back(*columns.image_id);
  const auto pictures = std::make_shared<const ParquetPictures>(path, columns.image, file.group_rows());
  uint64_t row = 0, group_end = 0;
  size_t group = 0;
  if (!columns.embedded) pairs.begin_source(path);
  file.read_rows(wanted, [&](const std::vector<ParquetCell>& cells) {
    for (; columns.embedded && row == group_end; group_end += file.group_rows()[group++])
      pairs.begin_shard(path, pictures, /*fetched=*/true);
    RawPair pair{.number = ++row, .captions = cells[0]};
    if (columns.embedded) {
      pair.image = std::to_string(row);
    } else if (!cells[1].empty()) {
      pair.image = cells[1].front();
    }
    if (columns.image_id && !cells.back().empty()) {
      const char* kind = file.columns()[*columns.image_id].is_number ? "number " : "text ";
      pair.image_id = kind + cells.back().front();
    }
    pairs.take(std::move(pair));
  });
}

void read(const std::string& path, PairCollector& pairs) {
  ParquetFile file(path);
  const ListOptions& list = pairs.list();
  const auto any = [](const ParquetColumn&) { return true; };
  const auto has_bytes = [](const ParquetColumn& column) { return column.has_bytes; };
  const bool embedded = list.image.empty() && std::ranges::any_of(kPictureNames, [&](const char* name) {
                          const auto found = find(file, name);
                          return found && has_bytes(file.columns()[*found]);
                        });
  Columns columns;
  columns.image = embedded ? choose(path, file, "image", "", kPictureNames, has_bytes)
                           : choose(path, file, "image", list.image, kPathNames, any);
  columns.embedded = file.columns()[columns.image].has_bytes;
  columns.caption = choose(path, file, "caption", list.caption, kCaptionNames, any);
  columns.image_id = find(file, "image_id");
  hand_over(path, file, columns, pairs);
}

bool recognises(const std::string& path) {
  return path.ends_with(".parquet");
}

}  // namespace

extern constinit const ListFormat parquet_list = {
    recognises, read_each<read>, "Parquet (.parquet)", {.image = true, .caption = true}};

}  // namespace albef
