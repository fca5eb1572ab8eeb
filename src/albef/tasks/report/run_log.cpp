#include "albef/tasks/report/run_log.h"

#include <algorithm>
#include <cmath>

#include "albef/base/config.h"
#include "albef/base/error.h"
#include "albef/train/metrics_log.h"

namespace albef {
namespace {

void flatten(const YAML::Node& node, const std::string& name, std::vector<std::pair<std::string, std::string>>& out) {
  if (node.IsMap()) {
    for (const auto& entry : node) flatten(entry.second, (name.empty() ? "" : name + ".") + entry.first.Scalar(), out);
    return;
  }
  YAML::Emitter text;
  text << YAML::Flow << node;
  out.emplace_back(name, node.IsScalar() ? node.Scalar() : text.c_str());
}

}  // namespace

RunLog read_run_log(const std::filesystem::path& metrics) {
  RunLog log;
  const auto lines = read_metrics(metrics);
  if (lines.empty()) fail(metrics.string(), ": holds no metrics; name a folder that `albef pretrain` wrote");
  for (const auto& json : lines) {
    const auto step = json.at("step").get<double>();
    for (const auto& [name, value] : json.items()) {
      if (name == "step" || !value.is_number() || !std::isfinite(value.get<double>())) continue;
      log.values[name].emplace_back(step, value.get<double>());
    }
    log.steps = std::max(log.steps, static_cast<int64_t>(step));
  }
  const auto last = [&](const char* name) { return log.values.contains(name) ? log.values.at(name).back().second : 0; };
  log.pairs = static_cast<int64_t>(last("pairs"));
  log.seconds = last("seconds");
  return log;
}

std::vector<std::pair<std::string, std::string>> flat_settings(const std::filesystem::path& config) {
  std::vector<std::pair<std::string, std::string>> out;
  flatten(read_yaml(config), "", out);
  return out;
}

}  // namespace albef
