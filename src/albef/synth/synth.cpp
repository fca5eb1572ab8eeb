#include "albef/synth/synth.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <fstream>
#include <mutex>
#include <thread>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/folder_lock.h"
#include "albef/base/json.h"
#include "albef/base/progress.h"
#include "albef/base/stopwatch.h"
#include "albef/image/png_writer.h"
#include "albef/synth/annotations.h"
#include "albef/synth/draw.h"

namespace fs = std::filesystem;

namespace albef::synth {
namespace {

constexpr int kVersion = 2;  // of what a seed means: counted up when the same settings come to give other bytes
constexpr const char* kManifest = "synth.json";

OrderedJson manifest(const Options& o, bool complete) {
  const OrderedJson settings = {{"train", o.train},
                                {"val", o.val},
                                {"test", o.test},
                                {"size", o.size},
                                {"captions", o.captions},
                                {"wrong", o.wrong},
                                {"vague", o.vague},
                                {"objects", str(o.scenes.least, "..", o.scenes.most)},
                                {"patterns", o.scenes.patterns},
                                {"seed", o.seed}};
  return {{"made_by", "albef data synth"}, {"version", kVersion}, {"complete", complete}, {"settings", settings}};
}

void check_range(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high)) fail("--", name, " ", value, ": expected ", low, " to ", high);
}

std::vector<SplitScenes> plan(const Options& o) {
  const auto side = static_cast<int>(o.size);
  std::vector<SplitScenes> splits;
  const auto add = [&](Split split, int64_t scenes, double wrong, double vague) {
    if (scenes > 0)
      splits.push_back(
          {split, std::vector<Scene>(static_cast<size_t>(scenes)), side, {o.captions, wrong, vague, o.scenes}});
  };
  add(Split::kTrain, o.train, o.wrong, o.vague);
  add(Split::kVal, o.val, 0, 0);
  add(Split::kTest, o.test, 0, 0);
  return splits;
}

// Which setting of the set in the folder differs from the wanted ones: "seed 8, not 7".
std::string difference(const Json& there, const Json& wanted) {
  if (there.value("version", Json()) != wanted.at("version")) return "made by another version of the program";
  const Json settings = there.value("settings", Json::object());
  for (const auto& [name, value] : wanted.at("settings").items()) {
    const Json other = settings.is_object() ? settings.value(name, Json()) : Json();
    if (other != value) return str(name, " ", printable(other.dump()), ", not ", value.dump());
  }
  return "";
}

bool all_there(const fs::path& folder, const std::vector<SplitScenes>& splits) {
  std::error_code error;
  for (const std::string& name : list_names(splits)) {
    if (!fs::is_regular_file(folder / name, error)) return false;
  }
  for (const SplitScenes& split : splits) {
    for (size_t i = 1; i <= split.scenes.size(); ++i) {
      if (!fs::is_regular_file(folder / image_name(split.split, i), error)) return false;
    }
  }
  return true;
}

bool is_empty_but_for_lock(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  return !error && std::all_of(begin(entries), end(entries),
                               [](const fs::directory_entry& entry) { return entry.path().filename() == kLockFile; });
}

// Whether the folder already holds the whole set. Error if it holds anything that is not of this set.
bool whole(const fs::path& folder, const Options& options, const std::vector<SplitScenes>& splits) {
  std::error_code error;
  if (!fs::exists(folder, error)) return false;
  if (!fs::is_directory(folder, error)) fail(folder.string(), ": is a file, expected a folder or a new name");
  const fs::path manifest_path = folder / kManifest;
  if (!fs::exists(manifest_path, error)) {
    if (is_empty_but_for_lock(folder)) return false;
    fail(folder.string(), ": holds other things (no ", kManifest, " among them); choose a new or an empty folder");
  }
  const Json there = parse_json(read_file(manifest_path, 1 << 16), manifest_path.string());
  if (!there.is_object()) fail(manifest_path.string(), ": is not by `albef data synth`; choose another folder");
  const std::string other = difference(there, Json(manifest(options, true)));
  if (!other.empty()) {
    fail(folder.string(), ": holds another set of scenes (", other, "); remove it or choose another folder");
  }
  return there.value("complete", Json()) == true && all_there(folder, splits);
}

// Calls work(0) ... work(count - 1) from several threads and shows the progress; the first exception is passed on.
void run_parallel(size_t count, int64_t threads, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0, done = 0, running = 0;
  std::mutex mutex;
  std::condition_variable ended;
  std::exception_ptr failure;
  const auto serve = [&] {
    try {
      for (size_t i; (i = next++) < count; ++done) work(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    if (--running == 0) ended.notify_all();
  };
  const auto cores = static_cast<int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::jthread> pool(std::min(count, static_cast<size_t>(threads > 0 ? threads : cores)));
  running = pool.size();
  for (std::jthread& thread : pool) thread = std::jthread(serve);
  Progress bar("drawing", static_cast<int64_t>(count), "scenes");
  std::unique_lock lock(mutex);
  while (!ended.wait_for(lock, std::chrono::milliseconds(100), [&] { return running == 0; })) {
    bar.set(static_cast<int64_t>(done.load()));
  }
  bar.set(static_cast<int64_t>(done.load()));
  if (failure) std::rethrow_exception(failure);
}

// Not through write_atomically, which syncs each file: thousands of syncs would take longer than the drawing. A picture
// cut off by a crash is drawn again, since synth.json does not call the set complete before all is on the disk.
void write_picture(const fs::path& path, const std::string& bytes) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) fail(path.string(), ": cannot be written (", errno ? std::strerror(errno) : "write failed", ")");
}

void draw_all(const fs::path& folder, const Options& options, std::vector<SplitScenes>& splits) {
  size_t total = 0;
  for (const SplitScenes& split : splits) {
    make_writable_folder(folder / "images" / word(split.split));
    total += split.scenes.size();
  }
  run_parallel(total, options.threads, [&](size_t i) {
    auto split = splits.begin();
    for (; i >= split->scenes.size(); ++split) i -= split->scenes.size();
    split->scenes[i] = make_scene(options.seed, split->split, i + 1, options.scenes);
    write_picture(folder / image_name(split->split, i + 1), encode_png(draw(split->scenes[i], split->side)));
  });
}

// All of the folder's file system, since syncfs knows nothing smaller.
void sync_pictures(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  const bool synced = file >= 0 && ::syncfs(file) == 0;
  const std::string why = std::strerror(errno);
  if (file >= 0) ::close(file);
  if (!synced) fail(folder.string(), ": cannot be written to disk (", why, ")");
}

}  // namespace

void set_objects(SceneOptions& scenes, const std::string& text) {
  const size_t dots = text.find("..");
  const std::string least = text.substr(0, dots), most = dots == std::string::npos ? least : text.substr(dots + 2);
  const auto is_digit = [](const std::string& number) {
    return number.size() == 1 && number[0] >= '1' && number[0] <= '0' + kMostObjects;
  };
  if (!is_digit(least) || !is_digit(most) || least > most) {
    fail("--objects ", printable(text.empty() ? "(nothing)" : text), ": expected MIN..MAX within 1..", kMostObjects,
         ", such as 2..4 or 3..3");
  }
  scenes.least = least[0] - '0';
  scenes.most = most[0] - '0';
}

void check(const Options& o) {
  const auto most = static_cast<double>(kMaxScenes);
  check_range("train", static_cast<double>(o.train), 0, most);
  check_range("val", static_cast<double>(o.val), 0, most);
  check_range("test", static_cast<double>(o.test), 0, most);
  if (o.train + o.val + o.test == 0) fail("--train, --val and --test are all 0: expected at least one scene");
  check_range("size", static_cast<double>(o.size), kMinSide, kMaxSide);
  check_range("captions", static_cast<double>(o.captions), 1, 20);
  check_range("wrong", o.wrong, 0, 1);
  check_range("vague", o.vague, 0, 1);
  if (o.wrong + o.vague > 1) fail("--wrong and --vague add up to ", o.wrong + o.vague, ": expected 1 at most");
  check_range("patterns", static_cast<double>(o.scenes.patterns), 1, kValues<Pattern>);
  if (o.scenes.least < 1 || o.scenes.most > kMostObjects || o.scenes.least > o.scenes.most) {
    fail("--objects ", o.scenes.least, "..", o.scenes.most, ": expected MIN..MAX within 1..", kMostObjects);
  }
  check_range("threads", static_cast<double>(o.threads), 0, 256);
}

Summary write(const fs::path& folder, const Options& options) {
  check(options);
  const Stopwatch watch;
  std::vector<SplitScenes> splits = plan(options);
  Summary summary{.scenes = options.train + options.val + options.test};
  summary.captions = summary.scenes * options.captions;
  summary.already_there = whole(folder, options, splits);
  if (!summary.already_there) {
    make_writable_folder(folder);
    const FolderLock lock(folder);
    write_atomically(folder / kManifest, manifest(options, false).dump(2) + "\n");
    draw_all(folder, options, splits);
    for (const SplitScenes& split : splits) write_lists(folder, split);
    write_shared_lists(folder, splits);
    sync_pictures(folder);
    write_atomically(folder / kManifest, manifest(options, true).dump(2) + "\n");
    fs::remove(folder / kLockFile);  // the same set is the same bytes; whoever comes now finds it whole
  }
  for (const Json& caption : read_json(folder / kNoiseList)) {
    const Json kind = caption.is_object() ? caption.value("kind", Json()) : Json();
    summary.wrong += kind == word(CaptionKind::kWrong);
    summary.vague += kind == word(CaptionKind::kVague);
  }
  summary.seconds = watch.seconds();
  return summary;
}

}  // namespace albef::synth
