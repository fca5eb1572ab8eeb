#include "albef/tasks/grounding/settings.h"

namespace albef {

GroundingSettings read_grounding_settings(const YAML::Node& map, const std::string& where) {
  GroundingSettings settings;
  ConfigReader reader(map, where);
  grounding_fields(reader, settings);
  return settings;
}

}  // namespace albef
