#include "albef/base/signals.h"

#include <csignal>
#include <initializer_list>

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
  std::signal(SIGPIPE, SIG_IGN);  // `2>&1 | tee log` ends at the same Ctrl-C, and what is said must not cost the work
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(signal, on_signal) == SIG_IGN) std::signal(signal, SIG_IGN);  // nohup's, a shell's background job
  }
}

bool stop_requested() {
  return stop != 0;
}

}  // namespace albef
