// WebDataset shards: tar archives, compressed or not, and what commands write of them.
#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/base/progress.h"
#include "albef/base/rng.h"
#include "albef/base/signals.h"
#include "albef/data/formats.h"
#include "albef/data/index_cache.h"
#include "albef/data/patterns.h"
#include "albef/data/prefetch.h"
#include "albef/data/shard_index.h"
#include "albef/data/spooled_file.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr int kMostThreads = 8;

class TarShard : public PictureContainer {
 public:
  TarShard(std::string source, const ListOptions& options, ShardIndex index)
      : source_(std::move(source)),
        options_(options),
        fetched_(index.compressed || source_.starts_with(kPipe)),
        end_(index.end),
        fingerprint_(index.fingerprint),
        members_(std::move(index.pictures)) {
    std::ranges::sort(members_, {}, &ShardMember::name_hash);
    members_.shrink_to_fit();
  }

  bool holds(const std::string& member) const override {
    const uint64_t hash = mix_bytes(member);
    const auto found = std::ranges::lower_bound(members_, hash, {}, &ShardMember::name_hash);
    return found != members_.end() && found->name_hash == hash;
  }

  std::string read(const std::string& member, const std::string& name, FetchCache& cache) const override {
    const auto& [_, offset, size] = *std::ranges::lower_bound(members_, mix_bytes(member), {}, &ShardMember::name_hash);
    if (!fetched_) return SpooledFile::open(source_)->read(offset, size, name);
    const auto file = cache.get<SpooledFile>(this, 0, [this] { return fetch(); });
    return file->read(offset, size, name);
  }

  bool fetched() const { return fetched_; }

 private:
  std::shared_ptr<const SpooledFile> fetch() const {
    for (bool again = true;; again = false) {
      try {
        const auto file = SpooledFile::unpack(source_, options_.timeout, end_);
        if (source_.starts_with(kPipe)) check_same(*file);
        return file;
      } catch (const UnusableSample& error) {
        if (!again) throw;
        log_warning(error.what(), "; trying once more");
      }
    }
  }

  /// A command may give something else than when it was indexed.
  void check_same(const SpooledFile& file) const {
    SpooledStream stream(file, end_);
    if (fingerprint_of(stream) == fingerprint_) return;
    drop_cached_index(source_, options_);
    throw UnusableSample(
        str(printable(source_, 200), ": gives another archive than when it was indexed; the next run indexes it anew"),
        "shard has changed");
  }

  uint64_t fingerprint_of(SpooledStream& stream) const {
    try {
      return index_stream(stream, source_, options_).fingerprint;
    } catch (const Error&) {  // no archive any more
      return 0;
    }
  }

  std::string source_;
  ListOptions options_;
  bool fetched_;
  uint64_t end_, fingerprint_;
  std::vector<ShardMember> members_;
};

/// What sizes.json beside the shards says that they hold, by file name; nothing without.
std::map<std::string, uint64_t> promised_sizes(const std::string& shard) {
  std::map<std::string, uint64_t> sizes;
  const fs::path file = fs::path(shard).parent_path() / "sizes.json";
  std::error_code ignored;
  if (shard.starts_with(kPipe) || !fs::exists(file, ignored)) return sizes;
  const Json json = Json::parse(read_file(file, uint64_t{64} << 20), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    log_warning(file.string(), ": is no JSON object of shards and their sizes; it is passed over");
    return sizes;
  }
  for (const auto& [name, size] : json.items()) {
    if (size.is_number_unsigned()) sizes[name] = size.get<uint64_t>();
  }
  return sizes;
}

ShardIndex index_of(const std::string& source, const ListOptions& options) {
  if (auto kept = cached_index(source, options)) return std::move(*kept);
  auto index = index_shard(source, options);
  if (!index.truncated) cache_index(source, options, index);  // a copy under way may be whole the next time
  return index;
}

void hand_over(const std::string& source, ShardIndex index, PairCollector& pairs) {
  std::vector<ShardSample> samples = std::move(index.samples);
  if (index.truncated) pairs.truncated(source);
  auto shard = std::make_shared<TarShard>(source, pairs.list(), std::move(index));
  const bool fetched = shard->fetched();
  pairs.begin_shard(source, std::move(shard), fetched);
  uint64_t number = 0;
  for (ShardSample& sample : samples) {
    RawPair pair{.number = ++number,
                 .image = std::move(sample.image),
                 .captions = std::move(sample.captions),
                 .image_id = std::move(sample.image_id)};
    if (sample.fault.empty()) {
      pairs.take(std::move(pair));
    } else {
      pairs.reject(pair, sample.fault);
    }
  }
}

void read(const std::vector<std::string>& sources, PairCollector& pairs) {
  catch_stop_signals();  // indexing can take hours
  const int threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads);
  const ListOptions options = pairs.list();
  OrderedPrefetcher<ShardIndex> indexes(
      [&](uint64_t i, const std::stop_token&) { return index_of(sources[i], options); }, 0, sources.size(), threads,
      2 * threads);
  Progress bar("shards", std::ssize(sources), "shards");
  std::map<std::string, uint64_t> promised;
  std::string folder;
  for (const std::string& source : sources) {
    auto index = *indexes.next();
    if (const auto parent = fs::path(source).parent_path().string(); parent != folder || promised.empty()) {
      folder = parent;
      promised = promised_sizes(source);
    }
    const auto size = promised.find(fs::path(source).filename().string());
    if (size != promised.end() && size->second != index.samples.size())
      log_warning(source, ": holds ", index.samples.size(), " samples, sizes.json says ", size->second);
    hand_over(source, std::move(index), pairs);
    bar.add(1);
  }
}

bool recognises(const std::string& path) {
  return path.starts_with(kPipe) ||
         std::ranges::any_of(std::initializer_list<const char*>{".tar", ".tar.gz", ".tgz", ".tar.zst"},
                             [&](const char* ending) { return path.ends_with(ending); });
}

}  // namespace

extern constinit const ListFormat shards = {
    recognises, read, "tar shards or a pipe", {.image = true, .caption = true, .timeout = true}};

}  // namespace albef
