// SIGINT and SIGTERM as a flag that long work looks at between two steps, so that it can save and leave.
#pragma once

namespace albef {

/// From now on the first SIGINT or SIGTERM only raises the flag; a second one ends the program at once.
void catch_stop_signals();
bool stop_requested();

}  // namespace albef
