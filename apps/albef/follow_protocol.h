// --protocol of `albef eval`: its flags, what is refused, and what is said of it.
#pragma once
#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "albef/base/json.h"
#include "albef/tasks/common/protocol.h"

namespace albef::cli {

struct FollowedProtocol {
  std::string name;                    ///< "": none
  bool deviate = false;                ///< what differs is said instead of refused
  CLI::App* command = nullptr;         ///< whose flags it sets
  const Protocol* protocol = nullptr;  ///< found by begin_protocol()
  ProtocolCheck check;                 ///< found by finish_check()
};

void add_protocol_flags(CLI::App& command, FollowedProtocol& followed);

/// Finds it, sets the flags that the user left alone, and names the splits of `lists` that have some. Error for a
/// protocol that there is not, or of another task.
void begin_protocol(FollowedProtocol& followed, const std::string& task, std::vector<std::string>& lists);

/// Error for what is not as the protocol has it; with --deviate a warning.
void finish_check(FollowedProtocol& followed, const Facts& facts);

/// {"name", "scored", "deviations", "unknown", "published"}.
OrderedJson protocol_json(const FollowedProtocol& followed);

/// The result's heading: its name, or what it is not. Nothing without a protocol.
void print_protocol(const FollowedProtocol& followed);
/// What is published, beside our `results` in percent. Nothing without a protocol.
void print_published(const FollowedProtocol& followed, const std::map<std::string, double>& results);

/// SHA-256 of a file, in hexadecimal digits. Error if it cannot be read.
std::string sha256_of_file(const std::string& path);
/// Of the weights of a checkpoint, wherever they lie in it.
std::string sha256_of_checkpoint(const std::string& checkpoint);

}  // namespace albef::cli
