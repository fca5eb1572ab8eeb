// Parquet tables as img2dataset and the hub write them, with pictures in a column or as files beside.
#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>

#include "albef/base/error.h"
#include "albef/base/numbers.h"
#include "albef/data/formats.h"
#include "albef/data/parquet_file.h"
#include "albef/data/picture_template.h"
#include "albef/data/spooled_file.h"
#include "albef/data/table_columns.h"

namespace albef {
namespace {

/// The pictures of a row group, one behind the other.
struct FetchedRows {
  std::shared_ptr<const SpooledFile> bytes;
  std::vector<uint64_t> starts;
};

/// The pictures of a column, by COLUMN/ROW with rows from 1.
class ParquetPictures : public PictureContainer {
 public:
  ParquetPictures(std::string path, size_t column, const ParquetFile& file)
      : path_(std::move(path)), column_(column), prefix_(file.columns()[column].name + "/"), begin_{0} {
    for (const uint64_t rows : file.group_rows()) begin_.push_back(begin_.back() + rows);
  }

  std::string member(uint64_t row) const { return prefix_ + std::to_string(row); }

  bool holds(const std::string& member) const override { return row_of(member) > 0; }

  std::string read(const std::string& member, const std::string& name, FetchCache& cache) const override {
    const uint64_t row = row_of(member) - 1;
    const auto behind = std::upper_bound(begin_.begin(), begin_.end(), row);
    const auto group = static_cast<size_t>(behind - begin_.begin()) - 1;
    const auto rows = cache.get<FetchedRows>(this, group, [&] { return fetch(group); });
    const uint64_t i = row - begin_[group];
    if (i + 1 >= rows->starts.size()) throw UnusableSample(name + ": the file has changed", "unreadable file");
    const uint64_t size = rows->starts[i + 1] - rows->starts[i];
    if (size == 0) throw UnusableSample(name + ": the row has no picture", "no picture in the row");
    return rows->bytes->read(rows->starts[i], size, name);
  }

 private:
  /// 0: it is none of them.
  uint64_t row_of(const std::string& member) const {
    uint64_t row = 0;
    const bool fits = member.starts_with(prefix_) && parse_number(member.substr(prefix_.size()), row);
    return fits && row <= begin_.back() ? row : 0;
  }

  std::shared_ptr<const FetchedRows> fetch(size_t group) const {
    auto rows = std::make_shared<FetchedRows>();
    SpoolWriter copy;
    rows->starts.push_back(0);
    try {
      auto file = take_file();
      file->read_bytes(group, column_, [&](std::string_view bytes) {
        copy.write(bytes);
        rows->starts.push_back(copy.size());
      });
      const std::lock_guard lock(mutex_);
      files_.push_back(std::move(file));
    } catch (const SpoolFull&) {
      throw;
    } catch (const Error& error) {
      throw UnusableSample(error.what(), "damaged row group");
    }
    rows->bytes = copy.finish();
    return rows;
  }

  /// One that no other thread reads just now: opening one reads the whole of its footer.
  std::unique_ptr<ParquetFile> take_file() const {
    {
      const std::lock_guard lock(mutex_);
      if (!files_.empty()) {
        auto file = std::move(files_.back());
        files_.pop_back();
        return file;
      }
    }
    return std::make_unique<ParquetFile>(path_);
  }

  std::string path_;
  size_t column_;
  std::string prefix_;
  std::vector<uint64_t> begin_;  // each row group's first row, and the end
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<ParquetFile>> files_;  // that are open
};

constexpr std::array kPictureColumns = {"image", "jpg", "jpeg", "png", "webp", "img"};

/// Where a table has what.
struct Columns {
  std::unique_ptr<const PictureTemplate> pictures;  // null: a column has or names them
  size_t image = 0, caption = 0;
  std::optional<size_t> image_id;
  bool embedded = false;  // the pictures lie in the column
};

Columns choose_columns(const std::string& path, const ParquetFile& file, const PairCollector& pairs) {
  const ListOptions& list = pairs.list();
  std::vector<std::string> names;
  for (const ParquetColumn& column : file.columns()) names.push_back(column.name);
  const TableColumns table(path, names, /*has_names=*/true);
  Columns columns;
  if (PictureTemplate::is_template(list.image)) {
    columns.pictures =
        std::make_unique<PictureTemplate>(path, list.image, [&](const std::string& name) { return table.place(name); });
  } else if (!list.image.empty()) {
    columns.image = table.place(list.image);
  } else if (const auto embedded = table.usual(kPictureColumns); embedded && file.columns()[*embedded].has_bytes) {
    columns.image = *embedded;
  } else if (const auto paths = table.usual(kImageColumns)) {
    columns.image = *paths;
  } else {
    fail(path,
         ": no column is known to have the pictures; set image to one of them, or to where the pictures lie, as in "
         "image: '{key:.5}/{key}.jpg'; ",
         table.described());
  }
  columns.embedded = !columns.pictures && file.columns()[columns.image].has_bytes;
  auto caption = list.caption.empty() ? table.named(pairs.caption_field()) : table.place(list.caption);
  if (!caption) caption = table.usual(kCaptionColumns);
  if (!caption)
    fail(path, ": no column is known to have the captions; set caption to one of them; ", table.described());
  columns.caption = *caption;
  columns.image_id = table.named("image_id");
  if (columns.image_id && !file.columns()[*columns.image_id].is_text && !file.columns()[*columns.image_id].is_number)
    columns.image_id.reset();  // numbers with gaps, as pandas writes them: the path tells pictures apart
  return columns;
}

class ParquetList {
 public:
  ParquetList(const std::string& path, PairCollector& pairs)
      : path_(path), pairs_(pairs), file_(path), columns_(choose_columns(path, file_, pairs)) {}

  void read() {
    caption_ = want(columns_.caption);
    if (columns_.pictures) {
      for (const size_t column : columns_.pictures->columns()) want(column);
    } else if (!columns_.embedded) {
      image_ = want(columns_.image);
    }
    if (columns_.image_id) image_id_ = want(*columns_.image_id);
    if (!columns_.embedded) pairs_.begin_source(path_);
    pictures_ = std::make_shared<const ParquetPictures>(path_, columns_.image, file_);
    uint64_t row = 0, group_end = 0;
    size_t group = 0;
    file_.read_rows(wanted_, [&](const std::vector<ParquetCell>& cells) {
      for (; columns_.embedded && row == group_end; group_end += file_.group_rows()[group++])
        pairs_.begin_shard(path_, pictures_, /*fetched=*/true);
      take(++row, cells);
    });
  }

 private:
  /// Its place among the values of a row.
  size_t want(size_t column) {
    const auto found = std::ranges::find(wanted_, column);
    if (found == wanted_.end()) return wanted_.push_back(column), wanted_.size() - 1;
    return static_cast<size_t>(found - wanted_.begin());
  }

  static std::string first_of(const ParquetCell& cell) { return cell.empty() ? "" : cell.front(); }

  void take(uint64_t row, const std::vector<ParquetCell>& cells) {
    RawPair pair{.number = row, .captions = cells[caption_]};
    if (columns_.embedded) {
      pair.image = pictures_->member(row);
    } else if (columns_.pictures) {
      const auto value = [&](size_t column) -> std::string_view {
        const ParquetCell& cell = cells[static_cast<size_t>(std::ranges::find(wanted_, column) - wanted_.begin())];
        return cell.empty() ? std::string_view() : cell.front();
      };
      pair.image = columns_.pictures->path(row - 1, value);
      if (const char* fault = picture_path_fault(pairs_.list().image_root, pair.image))
        return pairs_.reject(pair, fault);
    } else {
      pair.image = first_of(cells[image_]);
    }
    if (image_id_ && !cells[*image_id_].empty()) {
      const char* kind = file_.columns()[*columns_.image_id].is_number ? "number " : "text ";
      pair.image_id = kind + cells[*image_id_].front();
    }
    pairs_.take(std::move(pair));
  }

  const std::string& path_;
  PairCollector& pairs_;
  ParquetFile file_;
  Columns columns_;
  std::shared_ptr<const ParquetPictures> pictures_;
  std::vector<size_t> wanted_;  // columns that are read
  size_t caption_ = 0, image_ = 0;
  std::optional<size_t> image_id_;
};

void read(const std::string& path, PairCollector& pairs) {
  ParquetList(path, pairs).read();
}

bool recognises(const std::string& path) {
  return path.ends_with(".parquet");
}

}  // namespace

extern constinit const ListFormat parquet_list = {
    recognises, read_each<read>, "Parquet (.parquet)", {.image = true, .caption = true}};

}  // namespace albef
