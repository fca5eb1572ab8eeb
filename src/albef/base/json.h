// JSON files, read within bounds: depth, size and encoding are checked before anything else sees them.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace albef {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  ///< keeps the order of insertion: for what we write

/// Parses a whole text; `name` (a path, "request body") is for the message. Throws Error with the line if it is not
/// JSON, not UTF-8, or nested deeper than 64. Numbers are those of parse_like_python.
Json parse_json(const std::string& text, const std::string& name);
Json read_json(const std::filesystem::path& path);

/// JSON as Python's json module writes and reads it: NaN, Infinity, -Infinity and numbers beyond a double are numbers
/// too, NaN or infinite. Whoever uses one has to check it. `watch` as in Json::parse. Throws Json::exception.
Json parse_like_python(const std::string& text, const Json::parser_callback_t& watch = nullptr);

/// What an exception of the library complains of, without its preamble, fit for one line.
std::string json_fault(const Json::exception& error);

/// "null", "a boolean", "a number", "a string", "a list", "an object": for messages.
std::string json_kind(const Json& value);

}  // namespace albef
