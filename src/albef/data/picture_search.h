// Pictures of a folder.
#pragma once
#include <string>
#include <vector>

namespace albef {

/// Those of the folder, its subfolders and the folders that links in them lead to: paths relative to it, in the order
/// of their bytes, each once. Error if it cannot be searched or has none.
std::vector<std::string> pictures_below(const std::string& folder);

}  // namespace albef
