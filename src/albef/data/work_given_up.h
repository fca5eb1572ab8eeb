// Whether what a thread does is still wanted: long waits look at it now and then.
#pragma once
#include <stop_token>

#include "albef/base/signals.h"

namespace albef {

/// Of the item that the thread is making: set by OrderedPrefetcher.
inline thread_local std::stop_token current_work;

inline bool work_given_up() {
  return current_work.stop_requested() || stop_requested();
}

}  // namespace albef
