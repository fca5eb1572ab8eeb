// `albef report`: what a finished run is worth, on one page.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "albef/tasks/common/load_model.h"
#include "albef/tasks/report/page.h"

namespace albef {

struct ReportOptions {
  std::filesystem::path run, out;   ///< the run's output folder; the page to write
  std::vector<std::string> data;    ///< held-out lists; none: the run's val_file
  std::string image_root;           ///< of them; "": the run's
  std::filesystem::path retrieval;  ///< result of `albef eval retrieval --json` on the same lists; "": evaluated anew
  std::vector<int64_t> recall_at;   ///< k of the recalls that are shown; none: those of `retrieval`, or the run's
  /// Gives other rankers' scores at these k, shown between chance and the model's; may be unset.
  std::function<std::vector<ScoreRow>(const std::vector<int64_t>& recall_at)> baselines;
  std::vector<TaskResult> tasks;  ///< shown after the scores, in this order
  int64_t k_test = 128;           ///< candidates that ITM re-ranks
  bool momentum = false;          ///< the momentum weights
  std::string device = "auto", precision = "auto";
};

/// Writes `out` whole or not at all and returns the scores that it shows, worst ranker first. Error for a folder that
/// is no run, lists that cannot be read, a result that is not of such lists.
std::vector<ScoreRow> write_report(const ReportOptions& options);

}  // namespace albef
