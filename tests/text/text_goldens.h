// The reference texts: cleaning and ids that the authors' code and vocabularies give.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "albef/base/json.h"

namespace albef {

/// A JSON object a line.
inline std::vector<Json> read_lines_of_json(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<Json> rows;
  for (std::string line; std::getline(in, line);) rows.push_back(parse_json(line, path.string()));
  return rows;
}

inline std::filesystem::path own_goldens() {
  return std::filesystem::path(ALBEF_TEST_DATA) / "goldens/input";
}

/// Where the goldens lie whose vocabulary must not be copied here: $ALBEF_SHARED, or a folder beside the repository.
inline std::filesystem::path shared_goldens() {
  const char* shared = std::getenv("ALBEF_SHARED");
  const auto root = shared ? std::filesystem::path(shared) : std::filesystem::path(ALBEF_TEST_DATA) / "../../shared";
  return root / "goldens/input";
}

}  // namespace albef
