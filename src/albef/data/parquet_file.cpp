#include "albef/data/parquet_file.h"

#include "albef/base/error.h"

#ifdef ALBEF_PARQUET
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#endif

namespace albef {

#ifdef ALBEF_PARQUET
namespace {

constexpr int64_t kTextRows = 1024, kPictureRows = 16;  // read at once

/// What is wrong with the file.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool is_whole_number(const arrow::DataType& type) {
  return arrow::is_integer(type.id());
}

bool is_bytes(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY)
    return is_bytes(*static_cast<const arrow::DictionaryType&>(type).value_type());
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::BINARY_VIEW;
}

bool is_text(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY)
    return is_text(*static_cast<const arrow::DictionaryType&>(type).value_type());
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING ||
         type.id() == arrow::Type::STRING_VIEW;
}

/// What reading a file may take at once: a few bytes of a broken one can ask for gigabytes.
int64_t most_memory(const std::string& path) {
  constexpr uint64_t kAlways = uint64_t{384} << 20, kTimesTheFile = 8;
  std::error_code missing;
  const uint64_t size = std::filesystem::file_size(path, missing);
  return static_cast<int64_t>(kAlways + (missing ? 0 : std::min(size, uint64_t{1} << 40) * kTimesTheFile));
}

/// The bytes at place `i`, of a text or bytes; nothing where there are none.
std::string_view bytes_at(const arrow::Array& array, int64_t i) {
  if (array.IsNull(i)) return {};
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetView(i);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(array).GetView(i);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return static_cast<const arrow::BinaryViewArray&>(array).GetView(i);
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return bytes_at(*coded.dictionary(), coded.GetValueIndex(i));
    }
    case arrow::Type::STRUCT: {
      const auto& group = static_cast<const arrow::StructArray&>(array);
      const auto bytes = group.GetFieldByName("bytes");
      return bytes == nullptr ? std::string_view() : bytes_at(*bytes, i);
    }
    default:
      return {};
  }
}

template <class List>
void append_items(const arrow::Array& array, int64_t i, ParquetCell& cell, const std::string& column);

void append_cell(const arrow::Array& array, int64_t i, ParquetCell& cell, const std::string& column) {
  if (array.IsNull(i)) return;
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      cell.emplace_back(bytes_at(array, i));
      return;
    case arrow::Type::FIXED_SIZE_LIST:
      return append_items<arrow::FixedSizeListArray>(array, i, cell, column);
    case arrow::Type::LIST:
      return append_items<arrow::ListArray>(array, i, cell, column);
    case arrow::Type::LARGE_LIST:
      return append_items<arrow::LargeListArray>(array, i, cell, column);
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      return append_cell(*coded.dictionary(), coded.GetValueIndex(i), cell, column);
    }
    default:
      if (!is_whole_number(*array.type()))
        throw Fault("column '" + printable(column, 40) + "' holds " + array.type()->ToString() + ", expected texts");
      cell.push_back(array.GetScalar(i).ValueOrDie()->ToString());
  }
}

template <class List>
void append_items(const arrow::Array& array, int64_t i, ParquetCell& cell, const std::string& column) {
  const auto& list = static_cast<const List&>(array);
  for (int64_t item = list.value_offset(i); item < list.value_offset(i + 1); ++item)
    append_cell(*list.values(), item, cell, column);
}

/// Arrow's complaints, and those of the exceptions that Parquet's part of it throws, as Errors that name the place.
template <class Work>
void guarded(const std::string& place, const Work& work) {
  std::string why;
  try {
    work();
    return;
  } catch (const Fault& fault) {
    why = fault.what();
  } catch (const std::bad_alloc&) {
    why = "it asks for more memory than there is";
  } catch (const std::length_error&) {
    why = "it asks for more memory than there is";
  } catch (const parquet::ParquetException& error) {
    why = error.what();
  }
  fail(printable(place, 200), ": cannot be read as Parquet: ", printable(why, 160));
}

void check(const arrow::Status& status) {
  if (!status.ok()) throw Fault(status.message());
}

template <class T>
T checked(arrow::Result<T> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace

struct ParquetFile::Reader {
  // Arrow's own allocator keeps what it was once given, for each thread that ever read; the program's does not.
  std::optional<arrow::CappedMemoryPool> memory;
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::shared_ptr<arrow::Schema> schema;

  /// Of the columns: the numbers of the leaves that are wanted, of a group with pictures its bytes alone.
  std::vector<int> leaves(const std::vector<size_t>& columns) const {
    const auto* parquet_schema = file->parquet_reader()->metadata()->schema();
    std::vector<int> wanted;
    for (const size_t column : columns) {
      const auto& field = *schema->field(static_cast<int>(column));
      for (int leaf = 0; leaf < parquet_schema->num_columns(); ++leaf) {
        const auto path = parquet_schema->Column(leaf)->path()->ToDotVector();
        const bool rest = field.type()->id() == arrow::Type::STRUCT && path.back() != "bytes";
        if (path.front() == field.name() && !rest) wanted.push_back(leaf);
      }
    }
    return wanted;
  }

  /// Calls `take` for each batch of these columns, which it names again, since leaves come in the file's order.
  template <class Take>
  void read(const std::vector<int>& groups, const std::vector<size_t>& columns, int64_t rows, const Take& take) {
    file->set_batch_size(rows);
    const auto batches = checked(file->GetRecordBatchReader(groups, leaves(columns)));
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      check(batches->ReadNext(&batch));
      if (batch == nullptr) return;
      std::vector<std::shared_ptr<arrow::Array>> arrays;
      for (const size_t column : columns) {
        auto array = batch->GetColumnByName(schema->field(static_cast<int>(column))->name());
        if (array == nullptr) throw Fault("a column is there twice, or not at all");
        check(array->Validate());
        arrays.push_back(std::move(array));
      }
      take(arrays, batch->num_rows());
    }
  }
};

ParquetFile::ParquetFile(const std::string& path) : path_(path), reader_(std::make_unique<Reader>()) {
  guarded(path_, [&] {
    parquet::arrow::FileReaderBuilder builder;
    auto* const memory = &reader_->memory.emplace(arrow::system_memory_pool(), most_memory(path));
    const auto file = checked(arrow::io::ReadableFile::Open(path, memory));
    check(builder.Open(file, parquet::ReaderProperties(memory)));
    builder.memory_pool(memory);
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_pre_buffer(false);  // which would read a column's whole row group ahead
    builder.properties(properties);
    check(builder.Build(&reader_->file));
    check(reader_->file->GetSchema(&reader_->schema));
    const auto metadata = reader_->file->parquet_reader()->metadata();
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      const int64_t rows = metadata->RowGroup(group)->num_rows();
      if (rows < 0) throw Fault("a row group has less than no rows");
      group_rows_.push_back(static_cast<uint64_t>(rows));
    }
  });
  for (const auto& field : reader_->schema->fields()) {
    ParquetColumn column{
        .name = field->name(), .is_number = is_whole_number(*field->type()), .is_text = is_text(*field->type())};
    column.has_bytes = is_bytes(*field->type());
    if (field->type()->id() == arrow::Type::STRUCT) {
      const auto& group = static_cast<const arrow::StructType&>(*field->type());
      const auto bytes = group.GetFieldByName("bytes");
      column.has_bytes = bytes != nullptr && is_bytes(*bytes->type());
    }
    columns_.push_back(std::move(column));
  }
}

void ParquetFile::read_rows(const std::vector<size_t>& columns,
                            const std::function<void(const std::vector<ParquetCell>&)>& take) {
  for (size_t group = 0; group < group_rows_.size(); ++group) {
    guarded(str(path_, ": row group ", group + 1), [&] {
      reader_->read({static_cast<int>(group)}, columns, kTextRows, [&](const auto& arrays, int64_t rows) {
        std::vector<ParquetCell> cells(columns.size());
        for (int64_t row = 0; row < rows; ++row) {
          for (size_t i = 0; i < arrays.size(); ++i) {
            cells[i].clear();
            append_cell(*arrays[i], row, cells[i], columns_[columns[i]].name);
          }
          take(cells);
        }
      });
    });
  }
}

void ParquetFile::read_bytes(size_t group, size_t column, const std::function<void(std::string_view)>& take) {
  guarded(str(path_, ": row group ", group + 1), [&] {
    reader_->read({static_cast<int>(group)}, {column}, kPictureRows, [&](const auto& arrays, int64_t rows) {
      for (int64_t row = 0; row < rows; ++row) take(bytes_at(*arrays[0], row));
    });
  });
}

#else

struct ParquetFile::Reader {};

ParquetFile::ParquetFile(const std::string& path) {
  fail(printable(path, 200), ": this program was built without Parquet; configure it with -DALBEF_PARQUET=ON");
}

void ParquetFile::read_rows(const std::vector<size_t>&, const std::function<void(const std::vector<ParquetCell>&)>&) {}
void ParquetFile::read_bytes(size_t, size_t, const std::function<void(std::string_view)>&) {}

#endif

ParquetFile::~ParquetFile() = default;

}  // namespace albef
