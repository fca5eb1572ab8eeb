// A progress bar with rate and time left on a terminal; plain lines now and then elsewhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace albef {

/// For example:  Progress bar("index", images.size(), "images");  for (...) bar.add(1);
/// Not thread-safe: one thread reports. Draws at most ten times a second (a terminal) or every ten seconds.
class Progress {
 public:
  Progress(std::string label, int64_t total, std::string unit, int64_t done = 0);
  ~Progress();  ///< ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(int64_t n) { set(done_ + n); }
  void set(int64_t done);
  void note(std::string text) { note_ = std::move(text); }  ///< shown behind the numbers, e.g. losses

 private:
  using Clock = std::chrono::steady_clock;
  void draw(bool last);

  std::string label_, unit_, note_;
  int64_t total_, first_, done_;
  Clock::time_point start_, drawn_;
  bool hidden_;
};

/// Bars that begin while one of these lives are not shown: they are parts of work that has a bar of its own.
class HiddenProgress {
 public:
  HiddenProgress();
  ~HiddenProgress();
  HiddenProgress(const HiddenProgress&) = delete;
  HiddenProgress& operator=(const HiddenProgress&) = delete;
};

void clear_progress_line();  ///< for the log, before it writes a line

/// "2 h 05 min", "3 min 20 s", "12 s".
std::string duration_text(double seconds);

}  // namespace albef
