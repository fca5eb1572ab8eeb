#include "apps/albef/predict_flags.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/base/progress.h"
#include "albef/base/utf8.h"
#include "albef/tasks/common/data_options.h"
#include "albef/train/memory.h"
#include "apps/albef/arguments.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

size_t shown_width(const std::string& text) {  // characters, not bytes
  size_t width = 0;
  for (size_t at = 0; at < text.size(); ++width) at += std::max<size_t>(utf8_length(text, at), 1);
  return width;
}

void print_table(std::vector<std::vector<std::string>> rows) {
  constexpr size_t kLongest = 4096;  // bytes of a path or a text
  std::vector<size_t> widths;
  for (auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) {
      row[c] = printable(row[c], kLongest);
      widths[c] = std::max(widths[c], shown_width(row[c]));
    }
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c)
      line += row[c] + (c + 1 < row.size() ? std::string(widths[c] - shown_width(row[c]) + 2, ' ') : "");
    std::printf("%s\n", line.c_str());
  }
}

OrderedJson line_of(const PredictItem& item) {
  OrderedJson line = OrderedJson::object();
  const auto& names = item.names.empty() ? item.images : item.names;
  if (names.size() == 1) line["image"] = names[0];
  if (names.size() > 1) line["images"] = names;
  if (!item.text.empty()) line["text"] = item.text;
  if (!item.id.is_null()) line["id"] = item.id;
  return line;
}

/// Answers as they come: JSON lines to standard output at once, to a file at the end; rows for people at the end.
class Said {
 public:
  Said(const PredictFlags& flags, const AnswerTable& table) : flags_(flags), table_(table), rows_{table.header} {}

  void say(const OrderedJson& line) {
    if (!flags_.json.empty()) {
      // A path may be any bytes.
      const auto text = line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
      if (flags_.json == "-") {
        std::fputs(text.c_str(), stdout);
      } else {
        lines_ += text;
      }
    }
    if (flags_.json == "-" || line.contains("error")) return;
    for (auto& row : table_.rows(line)) rows_.push_back(std::move(row));
  }
  void flush() const {
    if (flags_.json == "-") flush_standard_output();
  }
  void finish() {
    if (!flags_.json.empty() && flags_.json != "-") write_atomically(flags_.json, lines_);
    if (flags_.json != "-" && rows_.size() > 1) print_table(std::move(rows_));
  }

 private:
  const PredictFlags& flags_;
  const AnswerTable& table_;
  std::string lines_;
  std::vector<std::vector<std::string>> rows_;
};

// With fewer at once where memory does not suffice, for this chunk and those behind it.
std::vector<OrderedJson> answers_within_memory(const Answer& answer, const PredictChunk& chunk, int64_t& batch) {
  const HiddenProgress hidden;
  for (;;) {
    try {
      return within_memory("one item", "take smaller pictures (--set image_res=), or another device",
                           [&] { return answer(chunk, batch); });
    } catch (const OutOfMemory&) {
      if (batch == 1) throw;
    }
    const int64_t failed = std::min(batch, std::ssize(chunk.usable));
    batch = std::max<int64_t>(1, failed / 2);
    log_warning("out of memory with ", failed, " at once; going on with --batch-size ", batch);
  }
}

std::vector<PredictItem> items_of(const PredictFlags& flags, const LineFormat& format) {
  const bool named = !flags.images.empty() || !flags.texts.empty();
  if (!flags.input.empty()) {
    if (named) fail("--input names the items, and so do --image and --text: give one of both");
    return read_items(flags.input, flags.image_root, format);
  }
  if (flags.images.empty() && format.pictures > 0)
    fail("no pictures: name some (--image), or give JSON lines (--input)");
  if (flags.texts.empty() && format.needs_text) fail("no text: give one or more (--text), or JSON lines (--input)");
  const auto images = find_pictures(flags.images);
  if (format.pictures > 0) return combine(images, flags.texts, format.pictures);
  auto items = combine(images, {}, 1);
  if (!named) fail("nothing to do: name pictures (--image) or texts (--text), or give JSON lines (--input)");
  for (auto& text : combine({""}, flags.texts, 1)) {
    text.images.clear();
    if (!text.text.empty()) items.push_back(std::move(text));
  }
  return items;
}

ChunkOptions chunk_options(const DataSettings& data, int64_t side) {
  return {.pictures = picture_options(data),
          .side = static_cast<int>(side),
          .threads = static_cast<int>(data.loader_threads)};
}

}  // namespace

std::string percent_text(double share) {
  return number_text(100 * share, 1) + " %";
}

std::string number_text(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string pictures_text(const OrderedJson& line) {
  if (line.contains("image")) return line["image"].get<std::string>();
  if (line.contains("images"))
    return line["images"][0].get<std::string>() + ", " + line["images"][1].get<std::string>();
  return "";
}

void add_predict_flags(CLI::App& command, PredictFlags& flags, const std::string& text_help) {
  add_model_flags(command, flags);
  add_values(command, "--image", flags.images,
             "pictures: files, folders (all pictures below them), patterns such as 'a/*.jpg'");
  if (!text_help.empty()) add_values(command, "--text", flags.texts, text_help);
  command.add_option("--input", flags.input,
                     "instead: JSON lines, an item each; - for standard input. \"id\" comes back with the answer");
  command.add_option("--image-root", flags.image_root, "folder that the pictures of --input are relative to");
  command.add_option("--batch-size", flags.batch, "items at once; less by itself where memory does not suffice")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 30));
  command.add_option("--json", flags.json, "write JSON lines, one an item, to this file; - for standard output");
  add_verbose_flag(command, flags);
}

void check_predict_output(const PredictFlags& flags, const std::string& out, const std::vector<PredictItem>& items) {
  std::vector<std::filesystem::path> inputs = {flags.load.checkpoint, flags.load.config, flags.load.vocab, flags.input,
                                               flags.also_read};
  std::error_code ignored;
  if (std::filesystem::exists(out, ignored)) {  // what is new cannot be a picture
    for (const auto& item : items) inputs.insert(inputs.end(), item.images.begin(), item.images.end());
  }
  check_output(out, inputs);
}

std::vector<PredictItem> begin_predict(PredictFlags& flags, const LineFormat& format) {
  check_predict_output(flags, flags.json, {});
  begin_model(flags);
  auto items = items_of(flags, format);
  check_predict_output(flags, flags.json, items);
  return items;
}

void predict(const PredictFlags& flags, const std::vector<PredictItem>& items, const DataSettings& data, int64_t side,
             const Answer& answer, const AnswerTable& table, const std::function<void()>& finish) {
  PredictChunks chunks(items, chunk_options(data, side));
  Said said(flags, table);
  int64_t batch = flags.batch;
  uint64_t broken = 0;
  std::string first_reason;
  {
    std::optional<Progress> bar;  // not of what is done at once
    if (!chunks.single()) bar.emplace("answering", std::ssize(items), "items");
    while (const auto chunk = chunks.next()) {
      std::vector<OrderedJson> answers;
      if (!chunk->usable.empty()) answers = answers_within_memory(answer, *chunk, batch);
      size_t next = 0;
      for (uint64_t n = chunk->first; n < chunk->end; ++n) {
        auto line = line_of(items[n]);
        if (const auto found = chunk->broken.find(n); found != chunk->broken.end()) {
          const auto told = (items[n].place.empty() ? "" : items[n].place + ": ") + found->second;
          if (broken++ == 0) first_reason = told;
          if (items.size() > 1) log_warning(told);  // a single one is the error itself
          line["error"] = found->second;
        } else {
          line.update(answers.at(next++));
        }
        said.say(line);
      }
      said.flush();
      if (bar) bar->add(static_cast<int64_t>(chunk->end - chunk->first));
    }
  }
  if (broken == items.size()) {
    said.flush();
    fail(items.size() == 1 ? "" : str("none of ", items.size(), " items could be answered; the first: "), first_reason);
  }
  if (finish) finish();
  said.finish();
  if (broken == 0) return;
  log_warning(broken, " of ", items.size(), " items could not be answered: their pictures cannot be read");
  flush_standard_output();
  exit_with(1);
}

}  // namespace albef::cli
