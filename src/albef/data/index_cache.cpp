#include "albef/data/index_cache.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/rng.h"
#include "albef/data/patterns.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr int kVersion = 2;  // of what is kept: another is made anew
constexpr uint64_t kWorthKeeping = uint64_t{32} << 20;
constexpr uint64_t kMaxCacheBytes = uint64_t{1} << 30;

/// What an index was made of.
Json origin(const std::string& source, const ListOptions& options) {
  struct stat about {};
  const bool is_command = source.starts_with(kPipe);
  if (!is_command && ::stat(source.c_str(), &about) != 0) return nullptr;
  std::error_code ignored;
  return {{"version", kVersion},
          {"source", is_command ? source : fs::absolute(source, ignored).string()},
          {"size", static_cast<int64_t>(about.st_size)},
          {"changed", {static_cast<int64_t>(about.st_mtim.tv_sec), static_cast<int64_t>(about.st_mtim.tv_nsec)}},
          {"image", options.image},
          {"caption", options.caption}};
}

/// Empty: there is no place for it.
fs::path cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "albef/shards";
  return home != nullptr && *home == '/' ? fs::path(home) / ".cache/albef/shards" : fs::path();
}

fs::path file_of(const Json& origin) {
  const fs::path folder = cache_folder();
  if (folder.empty() || !origin.is_object()) return {};
  char name[32];
  std::snprintf(
      name, sizeof name, "%016llx.cbor",
      static_cast<unsigned long long>(mix_bytes(origin.dump(-1, ' ', false, Json::error_handler_t::replace))));
  return folder / name;
}

Json to_json(const ShardIndex& index) {
  Json samples = Json::array(), pictures = Json::array();
  for (const ShardSample& s : index.samples) samples.push_back({s.image, s.captions, s.image_id, s.fault});
  for (const ShardMember& m : index.pictures) pictures.push_back({m.name_hash, m.offset, m.size});
  return {{"samples", std::move(samples)},    {"pictures", std::move(pictures)}, {"end", index.end},
          {"fingerprint", index.fingerprint}, {"compressed", index.compressed},  {"truncated", index.truncated}};
}

ShardIndex from_json(const Json& json) {
  ShardIndex index;
  for (const Json& s : json.at("samples")) index.samples.push_back({s.at(0), s.at(1), s.at(2), s.at(3)});
  for (const Json& m : json.at("pictures")) index.pictures.push_back({m.at(0), m.at(1), m.at(2)});
  index.end = json.at("end");
  index.fingerprint = json.at("fingerprint");
  index.compressed = json.at("compressed");
  index.truncated = json.at("truncated");
  return index;
}

}  // namespace

std::optional<ShardIndex> cached_index(const std::string& source, const ListOptions& options) {
  const Json made_of = origin(source, options);
  const fs::path file = file_of(made_of);
  std::error_code ignored;
  if (file.empty() || !fs::exists(file, ignored)) return std::nullopt;
  try {
    const Json kept = Json::from_cbor(read_file(file, kMaxCacheBytes));
    if (kept.at("origin") == made_of) return from_json(kept.at("index"));
  } catch (const Error&) {  // damaged, or not readable: made anew
  } catch (const Json::exception&) {
  }
  return std::nullopt;
}

void drop_cached_index(const std::string& source, const ListOptions& options) {
  std::error_code ignored;
  fs::remove(file_of(origin(source, options)), ignored);
}

void cache_index(const std::string& source, const ListOptions& options, const ShardIndex& index) {
  const Json made_of = origin(source, options);
  const fs::path file = file_of(made_of);
  if (file.empty() || index.end < kWorthKeeping) return;
  try {
    const auto bytes = Json::to_cbor(Json{{"origin", made_of}, {"index", to_json(index)}});
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    write_atomically(file, [&](std::ostream& out) {
      out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    });
  } catch (const Error&) {  // a full disk, a home that cannot be written to
  } catch (const Json::exception&) {
  }
}

}  // namespace albef
