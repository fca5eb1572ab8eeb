// What is in a WebDataset shard: a tar archive whose members of the same name but for the ending are one sample, as
// 000000012.jpg, 000000012.txt and 000000012.json. https://github.com/webdataset/webdataset
#pragma once
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "albef/base/json.h"
#include "albef/data/list_options.h"
#include "albef/data/tar_reader.h"

namespace albef {

/// A picture's place in the unpacked archive.
struct ShardMember {
  uint64_t name_hash = 0;  ///< mix_bytes() of its name
  uint64_t offset = 0, size = 0;
};

struct ShardSample {
  std::string image;  ///< name of the picture's member
  std::vector<std::string> captions;
  std::string image_id;  ///< of the .json: "image_id" or "cocoid"; "" without
  std::string fault;     ///< why it cannot be used; "" if it can
};

struct ShardIndex {
  std::vector<ShardSample> samples;  ///< in their order
  std::vector<ShardMember> pictures;
  uint64_t end = 0;          ///< of the last member of the samples that can be used
  uint64_t fingerprint = 0;  ///< of those samples: names, places and texts
  bool compressed = false, truncated = false;
};

/// Reads a shard once, without the pictures themselves where the stream can pass over them. A sample's caption is its
/// .txt, or else "caption" or "captions" of its .json (which may hold what Python writes, such as NaN); with
/// options.caption the member of that ending, or that field of the .json. Its picture is the member with a picture's
/// ending, or one of options.image ("jpg;png"). A sample that the end of a truncated archive cuts is left out. Error if
/// the source cannot be read or is no tar archive.
ShardIndex index_shard(const std::string& source, const ListOptions& options);
/// The same of what a stream gives; `source` is for messages.
ShardIndex index_stream(ByteStream& stream, const std::string& source, const ListOptions& options);

}  // namespace albef
