#include "albef/base/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>

#include "albef/base/log.h"

namespace albef {
namespace {

std::atomic<bool> line_shown = false;
std::atomic<int> hiding = 0;  // HiddenProgress that live

bool terminal() {
  static const bool is_terminal = ::isatty(STDERR_FILENO) != 0;
  return is_terminal;
}

size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}

std::string bar(double share) {
  constexpr int kWidth = 20;
  const int full = static_cast<int>(share * kWidth);
  return "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "]";
}

}  // namespace

std::string duration_text(double seconds) {
  const auto s = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  char text[48];
  if (s >= 3600) {
    std::snprintf(text, sizeof text, "%lld h %02lld min", s / 3600, s % 3600 / 60);
  } else if (s >= 60) {
    std::snprintf(text, sizeof text, "%lld min %02lld s", s / 60, s % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld s", s);
  }
  return text;
}

void clear_progress_line() {
  if (line_shown.exchange(false)) std::fputs("\r\033[K", stderr);
}

Progress::Progress(std::string label, int64_t total, std::string unit, int64_t done)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      first_(done),
      done_(done),
      start_(Clock::now()),
      drawn_(start_),
      hidden_(hiding > 0) {}

HiddenProgress::HiddenProgress() {
  ++hiding;
}

HiddenProgress::~HiddenProgress() {
  --hiding;
}

Progress::~Progress() {
  if (done_ > first_) draw(true);
}

void Progress::set(int64_t done) {
  done_ = done;
  const double since = std::chrono::duration<double>(Clock::now() - drawn_).count();
  if (since >= (terminal() ? 0.1 : 10.0)) draw(false);
}

void Progress::draw(bool last) {
  drawn_ = Clock::now();
  if (hidden_ || quiet()) return;
  const double elapsed = std::chrono::duration<double>(drawn_ - start_).count();
  const double rate = static_cast<double>(done_ - first_) / std::max(elapsed, 1e-9);
  const double share =
      total_ > 0 ? std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0) : 1.0;
  char numbers[128];
  std::snprintf(numbers, sizeof numbers, " %lld/%lld %s, %.3g %s/s, ", static_cast<long long>(done_),
                static_cast<long long>(total_), unit_.c_str(), rate, unit_.c_str());
  std::string line = label_ + " " + (terminal() ? bar(share) : "") + numbers;
  line += last ? "took " + duration_text(elapsed)
               : duration_text(static_cast<double>(total_ - done_) / std::max(rate, 1e-9)) + " left";
  if (!note_.empty()) line += ", " + note_;
  if (terminal()) {
    if (line.size() >= terminal_width()) line.resize(terminal_width() - 1);
    std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), last ? "\n" : "");
    line_shown = !last;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

}  // namespace albef
