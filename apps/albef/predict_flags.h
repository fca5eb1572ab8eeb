// What the predictions of all tasks have in common: their flags, the way through the items, and how answers are said.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "albef/base/json.h"
#include "albef/tasks/common/settings.h"
#include "albef/tasks/predict/chunks.h"
#include "apps/albef/model_flags.h"

namespace albef::cli {

struct PredictFlags : ModelFlags {
  std::vector<std::string> images, texts;
  std::string input, image_root, json;
  std::string also_read;  ///< a list of the task's own, for check_predict_output
  int64_t batch = 32;
};

/// `text_help`: what --text is for this task; "" where it takes none.
void add_predict_flags(CLI::App& command, PredictFlags& flags, const std::string& text_help);

/// What is asked: each picture with each text, or the lines of --input. Checks where answers are to be written, and
/// sets up log, threads and signals. Before long work.
std::vector<PredictItem> begin_predict(PredictFlags& flags, const LineFormat& format);

/// Error if a file `out` could not be written, or is one of what the command reads.
void check_predict_output(const PredictFlags& flags, const std::string& out, const std::vector<PredictItem>& items);

/// A task's answers to the usable items of a chunk, an object each, with so many at once.
using Answer = std::function<std::vector<OrderedJson>(const PredictChunk& chunk, int64_t batch)>;

/// How people read them: a row or more an item.
struct AnswerTable {
  std::vector<std::string> header;
  std::function<std::vector<std::vector<std::string>>(const OrderedJson& line)> rows;
};

/// Asks for all items and says the answers: JSON lines ({"image" or "images", "text", "id", the answer's fields, or
/// "error"}) where --json says, else the table. `side`: of the model's pictures. Where pictures could not be read:
/// ExitCode 1 after all was said, and Error where none could. `finish`: what is to be written before all is said.
void predict(const PredictFlags& flags, const std::vector<PredictItem>& items, const DataSettings& data, int64_t side,
             const Answer& answer, const AnswerTable& table, const std::function<void()>& finish = {});

std::string percent_text(double share);                   ///< "97.3 %"
std::string number_text(double value, int decimals = 3);  ///< "0.314"
std::string pictures_text(const OrderedJson& line);       ///< of an answer's line: the picture, or both

}  // namespace albef::cli
