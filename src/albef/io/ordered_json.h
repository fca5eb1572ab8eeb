// JSON whose order matters to people: a checkpoint's state, a model's configuration.
#pragma once
#include <filesystem>

#include "albef/base/json.h"

namespace albef {

/// Of up to 16 MB; `name` is for messages. Throws Error as parse_json does, or if it has more than 32,768 keys
/// (repeated ones counted): the ordered form looks keys up one by one, so that a hostile file could keep it busy for
/// hours.
OrderedJson parse_ordered_json(const std::string& text, const std::string& name);
OrderedJson read_ordered_json(const std::filesystem::path& path);

}  // namespace albef
