// What the program says while it works. All of it goes to standard error, and to a log file once one is set; results
// go to standard output and are the subcommands' business.
#pragma once
#include <filesystem>
#include <string>

#include "albef/base/error.h"

namespace albef {

void log_line(const char* level, const std::string& text);  ///< thread-safe; clears a progress bar's line first

template <class... Parts>
void log_info(const Parts&... parts) {
  log_line("", str(parts...));
}

template <class... Parts>
void log_warning(const Parts&... parts) {
  log_line("warning: ", str(parts...));
}

/// From now on every line is also appended to `path`.
void set_log_file(const std::filesystem::path& path);

/// Quiet: log_info and progress go to the log file only; warnings stay.
void set_quiet(bool quiet);
bool quiet();

}  // namespace albef
