// Examples of what a fine-tuned model answered, from the lines that `albef eval TASK --samples` wrote. What is shown
// follows from the fields that a line has, whatever the task is called:
//
//   images        names of the sample's pictures, side by side
//   sentence, question or text
//   label or answers   what is right: one text, or those that people gave
//   answer        the model's: a text, or a box [x, y, w, h] in pixels of the picture
//   probabilities or top   {answer: p} or [{"answer", "probability"}], as bars
//   size, truth, heat   of the first picture [w, h]; the right box; {"grid": [rows, columns], "values": [...]} row by
//   row scores        {metric: 0 to 1}
#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "albef/image/image.h"

namespace albef {

inline constexpr size_t kShownSamples = 8;  ///< of each task, at most

using PixelBox = std::array<double, 4>;  ///< x, y, width, height, in pixels of the whole picture

struct TaskSample {
  std::vector<Image> pictures;  ///< small; the first with the heat map over it, where there is one
  std::string text;
  std::vector<std::pair<std::string, size_t>> right;  ///< each text once, with how many gave it; most first
  std::string answer;
  std::vector<std::pair<std::string, double>> likeliest;  ///< answers with their probability, in the line's order
  double width = 0, height = 0;                           ///< of the first picture, which the boxes are measured in
  bool has_heat = false;
  std::optional<PixelBox> true_box, answer_box;
  std::map<std::string, double> scores;
};

struct TaskSamples {
  size_t of = 0;  ///< lines that the file has
  std::vector<TaskSample> shown;
};

/// Up to kShownSamples lines at equal distances in the file, so that none is picked for its result; of a file whose
/// lines name no pictures, none. Relative pictures lie below `image_root`. Error naming the file and line for what
/// cannot be read: the file, a field of another form, a picture.
TaskSamples read_task_samples(const std::filesystem::path& file, const std::string& image_root);

/// All text is escaped; "" for no example.
std::string task_samples_html(const TaskSamples& samples);

/// `count` of 0 .. size-1 (all, if there are fewer), at equal distances, beginning half a distance in.
std::vector<size_t> spread(size_t size, size_t count);

}  // namespace albef
