#include "albef/base/signals.h"

#include <csignal>

namespace albef {
namespace {

volatile std::sig_atomic_t stop = 0;

void on_signal(int signal) {
  if (stop) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  stop = 1;
}

}  // namespace

void catch_stop_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool stop_requested() {
  return stop != 0;
}

}  // namespace albef
