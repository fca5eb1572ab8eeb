// A report as one HTML page that needs nothing beside itself: scores, curves, examples, settings.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "albef/image/image.h"
#include "albef/tasks/report/run_log.h"
#include "albef/tasks/report/samples.h"
#include "albef/tasks/report/task_results.h"
#include "albef/tasks/retrieval/metrics.h"

namespace albef {

/// A line of the table of scores: metrics by name; those missing stay empty.
struct ScoreRow {
  std::string name;
  std::map<std::string, double> metrics;
};

struct ReportPage {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;  ///< of run and evaluation: name, value
  std::vector<RetrievalMetric> columns;                    ///< of the table of scores
  std::vector<ScoreRow> scores;                            ///< worst first
  std::vector<TaskResult> tasks;                           ///< of fine-tuned models
  RunLog log;
  Samples samples;
  std::vector<std::pair<std::string, std::string>> settings;
};

/// `picture(n)` gives picture n of the list; it is called for those that are shown. All text is escaped.
std::string page_html(const ReportPage& page, const EvalList& list, const Vocabulary& vocabulary,
                      const std::function<Image(size_t)>& picture);

}  // namespace albef
