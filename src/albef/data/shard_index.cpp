#include "albef/data/shard_index.h"

#include <algorithm>
#include <optional>

#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/base/rng.h"
#include "albef/data/picture_template.h"
#include "albef/data/records.h"
#include "albef/image/decode.h"

namespace albef {
namespace {

constexpr uint64_t kMaxTextBytes = uint64_t{16} << 20;

struct MemberName {
  std::string sample, ending;
};

/// The sample's name is what stands before the first dot of the last part: a/b.c.jpg is the "c.jpg" of a/b.
MemberName split_name(const std::string& name) {
  const size_t slash = name.rfind('/'), begin = slash == std::string::npos ? 0 : slash + 1;
  const size_t dot = name.find('.', begin);
  if (dot == std::string::npos || dot == begin) return {};
  MemberName parts{name.substr(0, dot), name.substr(dot + 1)};
  std::ranges::transform(parts.ending, parts.ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return parts;
}

bool is_one_of(const std::string& ending, const std::string& list) {
  return (";" + list + ";").find(";" + ending + ";") != std::string::npos;
}

/// The members of one sample, as they come.
struct Sample {
  std::string name;
  std::optional<TarMember> picture, other_picture;  // by an ending without a dot, or with one
  std::optional<std::string> text, named, json;     // .txt, the ending of options.caption, .json
  std::string fault;
};

std::string without_newline(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

std::vector<std::string> texts_of(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> texts;
  if (!value.is_array()) return texts;
  for (const Json& text : value) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

class Indexer {
 public:
  Indexer(ByteStream& stream, const std::string& source, const ListOptions& options)
      : options_(options), stream_(stream), tar_(stream, source) {}

  ShardIndex read() {
    while (const auto member = tar_.next()) take(*member);
    index_.compressed = tar_.compressed();
    index_.truncated = tar_.truncated();
    if (index_.truncated) stream_.finish();  // a command that failed is no cut archive
    end_sample(/*cut=*/index_.truncated);
    return std::move(index_);
  }

 private:
  void take(const TarMember& member) {
    if (member.name.ends_with('/')) return;
    auto [name, ending] = split_name(member.name);
    if (name.empty() || name.starts_with("__")) return;  // what WebDataset passes over, too
    if (name != current_.name) {
      end_sample();
      current_.name = name;
    }
    last_ = member;
    if (leads_outside(member.name)) {
      current_.fault = "path leads out of the archive";
    } else if (!member.is_file) {
      current_.fault = "no regular file in the archive";
    } else {
      take_part(member, ending);
    }
  }

  void take_part(const TarMember& member, const std::string& ending) {
    const bool wanted = options_.image.empty() ? is_picture_name("x." + ending) : is_one_of(ending, options_.image);
    if (wanted) {
      // x.depth.png beside x.jpg is about the picture, not the picture.
      auto& picture = ending.find('.') == std::string::npos ? current_.picture : current_.other_picture;
      if (!picture) picture = member;
      return;
    }
    auto& part = ending == options_.caption ? current_.named : ending == "txt" ? current_.text : current_.json;
    if (ending != options_.caption && ending != "txt" && ending != "json") return;
    part = tar_.read(kMaxTextBytes);
    if (!part && !tar_.truncated()) current_.fault = "text in the archive over 16 MB";
  }

  /// `cut`: the archive broke off within the sample or behind it. What is not whole is the archive's fault then.
  void end_sample(bool cut = false) {
    Sample sample = std::exchange(current_, {});
    if (!sample.picture) sample.picture = sample.other_picture;
    if (sample.name.empty()) return;
    ShardSample made{.image = sample.picture ? sample.picture->name : sample.name,
                     .captions = {},
                     .image_id = {},
                     .fault = sample.fault};
    if (made.fault.empty()) fill_in(sample, made);
    const bool whole = made.fault.empty() && !made.captions.empty() && tar_.position() >= last_.offset + last_.size;
    if (cut && !whole) return;
    if (made.fault.empty()) keep(*sample.picture, made);
    index_.samples.push_back(std::move(made));
  }

  void fill_in(const Sample& sample, ShardSample& made) {
    if (!sample.picture) {
      made.fault = "no picture in the sample";
      return;
    }
    if (sample.picture->size > kMaxPictureBytes) {
      made.fault = "picture over 1 GB";
    } else {
      read_texts(sample, made);
    }
  }

  void keep(const TarMember& picture, ShardSample& made) {
    const uint64_t hash = mix_bytes(picture.name);
    if (!names_.insert(hash).second) {
      made.fault = "a second member of the same name";
      return;
    }
    index_.pictures.push_back({hash, picture.offset, picture.size});
    index_.end = std::max({index_.end, picture.offset + picture.size, last_.offset + last_.size});
    index_.fingerprint = mix({index_.fingerprint, hash, picture.offset, picture.size});
    for (const std::string& caption : made.captions) index_.fingerprint = mix({index_.fingerprint, mix_bytes(caption)});
  }

  void read_texts(const Sample& sample, ShardSample& made) {
    const bool has_text = options_.caption.empty() ? sample.text.has_value() : sample.named.has_value();
    const Json json = sample.json ? parsed(*sample.json) : Json::object();
    if (json.is_null() && !has_text) made.fault = "damaged .json in the archive";
    for (const char* id : {"image_id", "cocoid"}) {
      const Json value = json.is_object() ? json.value(id, Json()) : Json();
      if (made.image_id.empty() && value.is_number_integer()) made.image_id = "number " + value.dump();
      if (made.image_id.empty() && value.is_string()) made.image_id = "text " + value.get<std::string>();
    }
    if (has_text) {
      made.captions = {without_newline(options_.caption.empty() ? *sample.text : *sample.named)};
    } else if (json.is_array()) {
      made.captions = texts_of(json);
    } else if (json.is_object()) {
      const auto fields = options_.caption.empty() ? std::vector<std::string>{"caption", "captions"}
                                                   : std::vector<std::string>{options_.caption};
      for (const std::string& field : fields) {
        if (made.captions.empty()) made.captions = texts_of(json.value(field, Json()));
      }
    }
  }

  /// What Python's json.dumps wrote, with NaN and lone surrogates; null: damaged.
  static Json parsed(const std::string& text) {
    bool mended = false;
    try {
      return parse_like_python(mend_utf8(text, mended));
    } catch (const std::exception&) {
      return nullptr;
    }
  }

  const ListOptions& options_;
  ByteStream& stream_;
  TarReader tar_;
  ShardIndex index_;
  Sample current_;
  TarMember last_;
  std::unordered_set<uint64_t> names_;
};

}  // namespace

ShardIndex index_stream(ByteStream& stream, const std::string& source, const ListOptions& options) {
  return Indexer(stream, source, options).read();
}

ShardIndex index_shard(const std::string& source, const ListOptions& options) {
  const auto stream = open_stream(source, options.timeout);
  return index_stream(*stream, source, options);
}

}  // namespace albef
