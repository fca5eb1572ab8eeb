// JSON files, read within bounds: depth, size and encoding are checked before anything else sees them.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace albef {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  ///< keeps the order of insertion: for what we write

/// Parses a whole text; `name` (a path, "request body") is for the message. Throws Error with line and column if it is
/// not JSON, not UTF-8, or nested deeper than 64.
Json parse_json(const std::string& text, const std::string& name);
Json read_json(const std::filesystem::path& path);

/// "null", "a boolean", "a number", "a string", "a list", "an object": for messages.
std::string json_kind(const Json& value);

}  // namespace albef
