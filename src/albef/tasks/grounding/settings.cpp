#include "albef/tasks/grounding/settings.h"

#include "albef/base/error.h"

namespace albef {

GroundingSettings read_grounding_settings(const YAML::Node& map, const std::string& where) {
  GroundingSettings settings;
  ConfigReader reader(map, where);
  grounding_fields(reader, settings);
  return settings;
}

void resolve(GroundingSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve(settings.common, map, where);
  if (!settings.common.data.val_file.empty() && settings.refs.empty())
    fail(where, ": val_file is set, but refs is not; give the boxes that its phrases mean, or leave val_file out");
}

}  // namespace albef
