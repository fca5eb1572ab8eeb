#include "albef/tasks/report/task_results.h"

#include <algorithm>
#include <numeric>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/tasks/report/html.h"
#include "albef/tasks/report/members.h"

namespace albef {
namespace {

struct KnownTask {
  std::string title;                     // for people
  std::map<std::string, double> chance;  // of its metrics; a retrieval's depends on the lists
};

const KnownTask& known_task(const std::string& task) {
  static const std::map<std::string, KnownTask> kTasks = {
      {"retrieval", {"Retrieval, fine-tuned", {}}},
      {"ve", {"Visual entailment", {{"accuracy", 100.0 / 3}, {"entailment_or_contradiction", 50}}}},
      {"nlvr", {"NLVR2", {{"accuracy", 50}}}},
      {"vqa", {"Visual question answering", {}}},
      {"grounding", {"Grounding", {}}},
  };
  static const KnownTask kNone;
  const auto found = kTasks.find(task);
  return found == kTasks.end() ? kNone : found->second;
}

// Metrics that are no mean over samples and so have no interval.
const std::vector<std::string> kFurther = {"consistency"};

constexpr const char* kExpected = "a result of `albef eval TASK --json`";

std::map<std::string, Estimate> estimates_of(const Members& estimates) {
  std::map<std::string, Estimate> found;
  for (const auto& [metric, json] : estimates.json().items()) {
    const auto e = estimates.inside(json, printable(metric));
    found[metric] = {
        .mean = e.number("mean"), .low = e.number("low"), .high = e.number("high"), .samples = e.count("samples")};
  }
  return found;
}

Confusion confusion_of(const Members& table) {
  Confusion confusion;
  for (const auto& [label, json] : table.json().items()) {
    const auto row = table.inside(json, printable(label));
    if (confusion.labels.empty()) {
      for (const auto& cell : json.items()) confusion.answers.push_back(cell.key());
    }
    if (json.empty() || json.size() != confusion.answers.size()) row.refuse("has other answers than the first label");
    confusion.labels.push_back(label);
    auto& counts = confusion.counts.emplace_back();
    for (const auto& answer : confusion.answers) counts.push_back(row.count(answer));
  }
  return confusion;
}

// The file's order of labels is kept, and nothing but finite numbers taken.
OrderedJson read_ordered(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  parse_json(text, path.string());  // complains of what is broken, with its line, and of what is nested too deep
  try {
    return OrderedJson::parse(text);
  } catch (const OrderedJson::exception& error) {
    fail(path.string(), ": holds a number that is not finite (", json_fault(error), "); expected ", kExpected);
  }
}

// Metrics so that r5 stands before r10: a run of digits counts as a number.
std::vector<std::string> in_order(const TaskResult& result) {
  std::map<std::string, std::string> by_key;
  const auto add = [&](const std::string& metric) {
    std::string key;
    for (size_t i = 0; i < metric.size();) {
      const size_t end = std::min(metric.find_first_not_of("0123456789", i), metric.size());
      if (end > i) key += static_cast<char>('0' + std::min<size_t>(end - i, 9));
      key.append(metric, i, std::max<size_t>(end - i, 1));
      i = std::max(end, i + 1);
    }
    by_key[key] = metric;
  };
  for (const auto& [metric, e] : result.estimates) add(metric);
  std::vector<std::string> metrics;
  for (const auto& [key, metric] : by_key) metrics.push_back(metric);
  for (const auto& [metric, score] : result.further) metrics.push_back(metric);
  return metrics;
}

constexpr const char* kUnknown = "<td>&ndash;</td>";

std::string score_cell(const std::map<std::string, double>& scores, const std::string& metric) {
  const auto found = scores.find(metric);
  return found == scores.end() ? kUnknown
                               : "<td>" + number_html(found->second, score_decimals(found->second)) + "</td>";
}

std::string estimate_cell(const Estimate& e, bool with_sign) {
  const auto number = [&](double value) {
    return (with_sign && value > 0 ? "+" : "") + number_html(value, score_decimals(e.mean));
  };
  return str("<td title=\"", e.samples, " samples\">", number(e.mean), " <small>(", number(e.low), " to ",
             number(e.high), ")</small></td>");
}

std::string scores_html(const TaskResult& result) {
  std::string rows;
  for (const auto& metric : in_order(result)) {
    const auto score = result.estimates.find(metric), difference = result.differences.find(metric);
    rows += "<tr><th scope=\"row\">" + escape_html(metric) + "</th>" +
            (score == result.estimates.end() ? score_cell(result.further, metric)
                                             : estimate_cell(score->second, /*with_sign=*/false)) +
            score_cell(result.chance, metric);
    if (!result.against.empty())
      rows += difference == result.differences.end() ? kUnknown : estimate_cell(difference->second, /*with_sign=*/true);
    rows += "</tr>";
  }
  const std::string less =
      result.against.empty()
          ? ""
          : "<th>less " + escape_html(std::filesystem::path(result.against).stem().string()) + "</th>";
  return "<table class=\"scores task\"><thead><tr><th>metric</th><th>score (95&nbsp;% interval)</th><th>chance</th>" +
         less + "</tr></thead><tbody>" + rows + "</tbody></table>";
}

std::string confusion_html(const Confusion& confusion) {
  if (confusion.labels.empty()) return "";
  std::string head, rows;
  for (const auto& answer : confusion.answers) head += "<th>" + escape_html(answer) + "</th>";
  for (size_t label = 0; label < confusion.labels.size(); ++label) {
    const auto& counts = confusion.counts[label];
    const double all = std::max(1.0, std::accumulate(counts.begin(), counts.end(), 0.0));
    rows += "<tr><th scope=\"row\">" + escape_html(confusion.labels[label]) + "</th>";
    for (const int64_t count : counts) {
      const double share = static_cast<double>(count) / all;
      rows += str("<td style=\"background:rgb(37 99 168 / ", number_html(0.55 * share, 2), ")\">", count, " <small>",
                  number_html(100 * share, 0), "&nbsp;%</small></td>");
    }
    rows += "</tr>";
  }
  return str("<table class=\"scores task confusion\"><thead><tr><th rowspan=\"2\">label</th><th colspan=\"",
             confusion.answers.size(), "\">answer</th></tr><tr>", head, "</tr></thead><tbody>", rows,
             "</tbody></table>");
}

}  // namespace

TaskResult read_task_result(const std::filesystem::path& path) {
  const auto json = read_ordered(path);
  const Members members(json, path.string(), kExpected);
  TaskResult result;
  result.file = path;
  result.task = members.text("task");
  result.checkpoint = members.text("checkpoint");
  result.weights = members.text("weights");
  result.blank = members.truth("blank");
  result.estimates = estimates_of(members.object("estimates"));
  result.chance = known_task(result.task).chance;
  for (const auto& metric : kFurther) {
    if (members.has(metric)) result.further[metric] = members.number(metric);
  }
  if (members.has("against")) {
    const auto against = members.object("against");
    result.against = against.text("samples");
    result.differences = estimates_of(against.object("differences"));
  }
  if (members.has("images")) result.images = members.count("images");
  if (members.has("texts")) result.texts = members.count("texts");
  if (members.has("confusion")) result.confusion = confusion_of(members.object("confusion"));
  if (members.has("samples")) result.samples = read_task_samples(members.text("samples"), members.text("image_root"));
  return result;
}

std::string task_results_html(const std::vector<TaskResult>& results) {
  std::string out;
  for (const auto& result : results) {
    const auto& title = known_task(result.task).title;
    out += "<article><h3>" + escape_html(title.empty() ? result.task : title) + " <span>" +
           escape_html(
               str(result.checkpoint, ", ", result.weights, " weights", result.blank ? ", blanked pictures" : "")) +
           "</span></h3><div class=\"tables\">" + scores_html(result) + confusion_html(result.confusion) + "</div>" +
           task_samples_html(result.samples) + "</article>\n";
  }
  return out;
}

}  // namespace albef
