// SIGINT, SIGTERM and SIGHUP as a flag that long work looks at between two steps, so that it can save and leave.
#pragma once

namespace albef {

/// From now on the first SIGINT, SIGTERM or SIGHUP (a terminal that closes) only raises the flag; a second one ends the
/// program at once. What is ignored, as under nohup, stays ignored.
void catch_stop_signals();
bool stop_requested();

}  // namespace albef
