#include "albef/tasks/report/task_samples.h"

#include <algorithm>
#include <cmath>

#include "albef/base/error.h"
#include "albef/image/decode.h"
#include "albef/image/resize.h"
#include "albef/tasks/common/sample_scores.h"
#include "albef/tasks/report/members.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr int kPictureSide = 200;      // pixels that a picture keeps at most
constexpr size_t kMostOfAList = 1000;  // pictures, answers and guesses of a line
constexpr size_t kMostPictures = 4;
constexpr int64_t kMostCells = 1 << 20;  // of a heat map

/// Reads the fields of one line.
class LineReader {
 public:
  LineReader(const OrderedJson& line, const std::string& where, const fs::path& image_root)
      : line_(line, where, "a line of `albef eval TASK --samples`"), image_root_(image_root) {}

  TaskSample read() {
    read_pictures();
    for (const char* field : {"sentence", "question", "text"}) {
      if (line_.has(field)) sample_.text = line_.text(field);
    }
    read_right();
    read_likeliest();
    if (line_.has("truth")) sample_.true_box = box("truth");
    if (line_.has("answer") && line_.json().at("answer").is_array()) {
      sample_.answer_box = box("answer");
    } else if (line_.has("answer")) {
      sample_.answer = line_.text("answer");
    }
    if (line_.has("heat")) draw_heat();
    const Members scores = line_.inside(line_.required("scores", "an object", &OrderedJson::is_object), "scores");
    for (const auto& [metric, score] : scores.json().items()) sample_.scores[metric] = scores.number(metric);
    return std::move(sample_);
  }

 private:
  // A string of a list.
  std::string text_in(const OrderedJson& value, const char* field) const {
    if (!value.is_string()) line_.refuse(str("`", field, "` holds ", json_kind(value), ", not strings alone"));
    return value.get<std::string>();
  }

  const OrderedJson& short_list(const char* field) const {
    const auto& list = line_.list(field);
    if (list.empty() || list.size() > kMostOfAList)
      line_.refuse(str("`", field, "` has ", list.size(), " members, not 1 to ", kMostOfAList));
    return list;
  }

  void read_pictures() {
    const auto& names = short_list("images");
    if (names.size() > kMostPictures)
      line_.refuse(str("`images` has ", names.size(), ", at most ", kMostPictures, " are shown"));
    for (const auto& name : names) {
      const fs::path path = image_root_ / text_in(name, "images");
      Image image;
      try {
        image = read_image(path);
      } catch (const Error& error) {
        fail(line_.where(), ": its picture cannot be shown: ", error.what());
      }
      if (sample_.pictures.empty()) {
        sample_.width = image.width;
        sample_.height = image.height;
      }
      const int side = std::max(image.width, image.height);
      const auto shrunk = [&](int length) {
        return std::max(1, static_cast<int>(int64_t{length} * kPictureSide / side));
      };
      if (side > kPictureSide) image = resize(image, shrunk(image.width), shrunk(image.height));
      sample_.pictures.push_back(std::move(image));
    }
    if (!line_.has("size")) return;
    const auto size = numbers("size", 2);
    if (size[0] < 1 || size[1] < 1) line_.refuse("`size` is below 1");
    sample_.width = size[0];
    sample_.height = size[1];
  }

  std::vector<double> numbers(const char* field, size_t count) const {
    const auto& list = line_.list(field);
    if (list.size() != count) line_.refuse(str("`", field, "` has ", list.size(), " numbers, not ", count));
    return numbers_of(list, field);
  }

  std::vector<double> numbers_of(const OrderedJson& list, const char* field) const {
    std::vector<double> values;
    for (const auto& value : list) {
      if (!value.is_number() || !std::isfinite(value.get<double>()))
        line_.refuse(str("`", field, "` holds ", value.is_number() ? "a number that is not finite" : json_kind(value),
                         ", not finite numbers alone"));
      values.push_back(value.get<double>());
    }
    return values;
  }

  PixelBox box(const char* field) const {
    const auto values = numbers(field, 4);
    if (values[2] < 0 || values[3] < 0) line_.refuse(str("`", field, "` has a side below 0"));
    return {values[0], values[1], values[2], values[3]};
  }

  void read_right() {
    if (line_.has("label")) sample_.right.emplace_back(line_.text("label"), 1);
    if (!line_.has("answers")) return;
    const auto& answers = line_.list("answers");  // empty where nobody answered: a benchmark's test questions
    if (answers.size() > kMostOfAList) line_.refuse(str("`answers` has ", answers.size(), " members"));
    for (const auto& value : answers) {
      const auto text = text_in(value, "answers");
      const auto known =
          std::find_if(sample_.right.begin(), sample_.right.end(), [&](const auto& one) { return one.first == text; });
      if (known == sample_.right.end()) {
        sample_.right.emplace_back(text, 1);
      } else {
        ++known->second;
      }
    }
    std::stable_sort(sample_.right.begin(), sample_.right.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
  }

  void read_likeliest() {
    const auto add = [this](const std::string& answer, double probability) {
      if (probability < 0 || probability > 1) line_.refuse("a probability is not in 0 to 1");
      sample_.likeliest.emplace_back(answer, probability);
    };
    if (line_.has("probabilities")) {
      const Members by_answer = line_.object("probabilities");
      for (const auto& [answer, p] : by_answer.json().items()) add(answer, by_answer.number(answer));
    }
    if (!line_.has("top")) return;
    for (const auto& guess : short_list("top")) {
      const Members one = line_.inside(guess, "top");
      if (one.has("probability")) add(one.text("answer"), one.number("probability"));
    }
  }

  // The colder, the less of it is over the picture; what is hottest is 1.
  void draw_heat() {
    const Members heat = line_.object("heat");
    const auto& grid = heat.list("grid");
    if (grid.size() != 2 || !grid[0].is_number_integer() || !grid[1].is_number_integer())
      heat.refuse("`grid` is not [rows, columns]");
    const auto rows = grid[0].get<int64_t>(), columns = grid[1].get<int64_t>();
    if (rows < 1 || columns < 1 || rows > kMostCells || columns > kMostCells / rows)
      heat.refuse("`grid` is out of bounds");
    const auto values = numbers_of(heat.list("values"), "heat");
    if (std::ssize(values) != rows * columns)
      heat.refuse(str("`values` has ", values.size(), ", the grid ", rows * columns));
    sample_.has_heat = true;
    const double hottest = *std::max_element(values.begin(), values.end());
    if (hottest <= 0) return;
    Image cells = Image::filled(static_cast<int>(columns), static_cast<int>(rows));
    for (size_t i = 0; i < values.size(); ++i) {
      const double share = std::clamp(values[i] / hottest, 0.0, 1.0);
      std::fill_n(cells.pixels.begin() + static_cast<ptrdiff_t>(3 * i), 3,
                  static_cast<uint8_t>(std::lround(255 * share)));
    }
    Image& picture = sample_.pictures[0];
    const Image map = resize(cells, picture.width, picture.height);
    for (size_t i = 0; i < picture.pixels.size(); i += 3) {
      const double share = map.pixels[i] / 255.0, over = 0.75 * share;
      const std::array<double, 3> colour = {255, 255 * std::max(0.0, share - 0.35), 0};  // red, and orange where hot
      for (size_t c = 0; c < 3; ++c) {
        uint8_t& value = picture.pixels[i + c];
        value = static_cast<uint8_t>(std::lround((1 - over) * value + over * colour.at(c)));
      }
    }
  }

  Members line_;
  fs::path image_root_;
  TaskSample sample_;
};

}  // namespace

std::vector<size_t> spread(size_t size, size_t count) {
  const size_t most = std::min(size, count);
  std::vector<size_t> chosen;
  for (size_t i = 0; i < most; ++i) chosen.push_back((2 * i + 1) * size / (2 * most));
  return chosen;
}

TaskSamples read_task_samples(const fs::path& file, const std::string& image_root) {
  const auto lines = read_sample_lines(file);
  TaskSamples samples{.of = lines.size(), .shown = {}};
  if (std::none_of(lines.begin(), lines.end(), [](const OrderedJson& line) { return line.contains("images"); }))
    return samples;
  for (const size_t n : spread(lines.size(), kShownSamples))
    samples.shown.push_back(LineReader(lines[n], str(file.string(), ":", n + 1), image_root).read());
  return samples;
}

}  // namespace albef
