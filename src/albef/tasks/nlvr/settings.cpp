#include "albef/tasks/nlvr/settings.h"

#include "albef/base/error.h"

namespace albef {

void resolve(NlvrSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve(settings.common, map, where);
  if (settings.eval_ema && !settings.distillation.distill)
    fail(where, ": eval_ema is true, but without distill there is no momentum model");
}

void resolve(TextAssignmentSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve(settings.common, map, where);
  if (!settings.common.data.drop_last)
    fail(where, ": drop_last is false; the last batch may be one pair, and text assignment shows two pictures");
}

}  // namespace albef
