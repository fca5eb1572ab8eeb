#include "albef/base/log.h"

#include <cstdio>
#include <ctime>
#include <fstream>
#include <mutex>

#include "albef/base/progress.h"

namespace albef {
namespace {

struct LogState {
  std::mutex mutex;
  std::ofstream file;
  bool quiet = false;
};

LogState& state() {
  static LogState instance;
  return instance;
}

}  // namespace

void log_line(const char* level, const std::string& text) {
  auto& log = state();
  const std::lock_guard lock(log.mutex);
  if (!log.quiet || *level) {
    clear_progress_line();
    std::fprintf(stderr, "%s%s\n", level, text.c_str());
    std::fflush(stderr);
  }
  if (log.file) {
    char stamp[32];
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S ", &local);
    log.file << stamp << level << text << std::endl;
  }
}

void set_log_file(const std::filesystem::path& path) {
  auto& log = state();
  const std::lock_guard lock(log.mutex);
  log.file = std::ofstream(path, std::ios::app);
  if (!log.file) fail(path.string(), ": the log file cannot be written");
}

void set_quiet(bool quiet) {
  state().quiet = quiet;
}
bool quiet() {
  return state().quiet;
}

}  // namespace albef
