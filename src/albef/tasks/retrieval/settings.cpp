#include "albef/tasks/retrieval/settings.h"

#include "albef/tasks/retrieval/metrics.h"

namespace albef {

void resolve(RetrievalSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve(settings.common, map, where);
  check_recall_at(settings.common.data.recall_at, where + ": recall_at");
}

}  // namespace albef
