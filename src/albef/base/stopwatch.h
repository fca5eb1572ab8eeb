// Elapsed time that no change of the clock disturbs.
#pragma once
#include <chrono>

namespace albef {

class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Stopwatch(Clock::time_point start = Clock::now()) : start_(start) {}
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }  ///< since the start

 private:
  Clock::time_point start_;
};

}  // namespace albef
