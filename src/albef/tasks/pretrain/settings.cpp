#include "albef/tasks/pretrain/settings.h"

#include "albef/base/error.h"
#include "albef/tasks/retrieval/metrics.h"

namespace albef {

void resolve(PretrainSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve(settings.common, map, where);
  for (auto* alpha : {&settings.alpha_itc, &settings.alpha_mlm}) {
    const char* key = alpha == &settings.alpha_itc ? "alpha_itc" : "alpha_mlm";
    if (*alpha < 0 && *alpha != -1) fail(where, ": ", key, " is ", *alpha, ", expected 0 to 1, or -1 for alpha");
    if (*alpha < 0) *alpha = settings.alpha;
  }
  check_recall_at(settings.common.data.recall_at, where + ": recall_at");
}

}  // namespace albef
