// Indexes of shards, kept from one run to the next: making one reads the whole shard.
#pragma once
#include <optional>
#include <string>

#include "albef/data/shard_index.h"

namespace albef {

/// They lie in $XDG_CACHE_HOME/albef/shards, or else ~/.cache/albef/shards; the folder may be removed at any time. One
/// counts for the same source and options, of a file as long as its size and time of change are the same. A command may
/// give something else the next time: whoever fetches a shard has to compare.
std::optional<ShardIndex> cached_index(const std::string& source, const ListOptions& options);

void drop_cached_index(const std::string& source, const ListOptions& options);

/// Keeps the index of a shard that is large enough for that to be worth it. What hinders it is no error.
void cache_index(const std::string& source, const ListOptions& options, const ShardIndex& index);

}  // namespace albef
