// What `albef eval TASK --json` wrote of fine-tuned models, read back and shown on a report's page. Whatever a task
// measures is shown; only the title and the scores of chance are known by the task's name.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "albef/tasks/common/sample_scores.h"
#include "albef/tasks/report/task_samples.h"

namespace albef {

/// How many samples of each label got which answer.
struct Confusion {
  std::vector<std::string> labels, answers;  ///< in the file's order
  std::vector<std::vector<int64_t>> counts;  ///< [label][answer]
};

struct TaskResult {
  std::filesystem::path file;
  std::string task;                           ///< as `albef eval` calls it
  std::string checkpoint, weights;            ///< evaluated
  bool blank = false;                         ///< with gray pictures
  std::map<std::string, Estimate> estimates;  ///< by metric, in percent
  std::map<std::string, double> further;      ///< metrics without an interval, in percent
  std::string against;                        ///< samples that `differences` are to; "": none
  std::map<std::string, Estimate> differences;
  std::map<std::string, double> chance;  ///< in percent, of the metrics where it is known
  int64_t images = 0, texts = 0;         ///< of a retrieval's lists, whose chance depends on them; 0: not told
  Confusion confusion;                   ///< may be empty
  TaskSamples samples;                   ///< of the file that the result names; may be empty
};

/// With examples of the samples that it names. Error naming the file and what was expected if it is no such result, or
/// a number in it is not finite; and for samples that cannot be read (see read_task_samples).
TaskResult read_task_result(const std::filesystem::path& path);

/// For each result its scores beside chance and the differences, and the confusion coloured by each label's shares,
/// and examples of its samples.
/// All text is escaped; "" for no result.
std::string task_results_html(const std::vector<TaskResult>& results);

}  // namespace albef
