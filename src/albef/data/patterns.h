// Sources that stand for several files: shards/{00000..00331}.tar, parts/*.parquet.
#pragma once
#include <string>
#include <vector>

namespace albef {

inline constexpr const char* kPipe = "pipe:";  ///< a source that begins so is a command, whose output is read

/// The sources that `source` stands for, itself if it is no pattern: {A..B} is each whole number from A to B, with as
/// many digits as A has if that begins with 0; * and ? are those of file names, in the order of the names, unless there
/// is a file of that very name. In a pipe:COMMAND only {A..B} counts, the rest is the shell's. Error for a range that
/// goes down or is over a million, and where no file matches.
std::vector<std::string> expand_pattern(const std::string& source);

}  // namespace albef
