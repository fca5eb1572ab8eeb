// The door of all lists that are read from front to back.
#pragma once
#include <fstream>
#include <string>

namespace albef {

/// `expected` is what it should hold, for the Error if it is missing, no regular file or cannot be opened.
std::ifstream open_list(const std::string& path, const char* expected);

}  // namespace albef
