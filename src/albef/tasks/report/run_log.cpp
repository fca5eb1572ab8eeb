#include "albef/tasks/report/run_log.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "albef/base/config.h"
#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"

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
  std::istringstream lines(read_file(metrics, uint64_t{1} << 30));
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = str(metrics.string(), ":", ++number);
    const Json json = parse_json(line, where);
    if (!json.is_object() || !json.contains("step") || !json.at("step").is_number()) {
      fail(where,
           ": is no line of a run's metrics (expected an object with `step`); name a folder that `albef pretrain` "
           "wrote");
    }
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
