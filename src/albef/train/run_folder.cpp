#include "albef/train/run_folder.h"

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/train/metrics_log.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// Whether the run goes on from a checkpoint of its own output folder.
bool is_own(const RunOptions& run) {
  if (run.resume.empty() || run.resume == "auto") return !run.resume.empty();
  const fs::path resumed = fs::weakly_canonical(run.resume), folder = run.output_dir;
  return resumed == fs::weakly_canonical(folder) ||
         resumed.parent_path() == fs::weakly_canonical(folder / "checkpoints");
}

}  // namespace

FolderLock open_run_folder(const RunOptions& run) {
  const fs::path folder = run.output_dir;
  if (!run.resume.empty() && run.resume != "auto" && !fs::is_directory(run.resume)) {
    fail("--resume ", run.resume,
         ": no such checkpoint folder; expected `auto` or a folder such as OUTPUT/checkpoints/step-00001200");
  }
  make_writable_folder(folder);
  bool has_run = false;
  std::string stranger;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    has_run |= name == kMetricsFile || name == "checkpoints";
    // What a start that failed leaves behind is no run yet.
    const bool ours = name == kLockFile || name == "log.txt" || name == "bad_samples.jsonl" || name == "vocab" ||
                      name == "config.yaml" || name.find(".tmp") != std::string::npos;
    if (!ours) stranger = name;
  }
  if (!has_run && !stranger.empty()) {
    fail(folder.string(), ": holds ", printable(stranger),
         " and no run; choose another --output-dir, so that nothing is overwritten");
  }
  FolderLock lock(folder);  // not in somebody else's folder, which stays as it was
  if (has_run && !is_own(run)) {
    fail(folder.string(), ": already holds a run; go on with it (--resume auto) or choose another --output-dir");
  }
  set_log_file(folder / "log.txt");
  return lock;
}

std::optional<fs::path> checkpoint_to_resume(const RunOptions& run) {
  if (run.resume.empty()) return std::nullopt;
  if (run.resume != "auto") {
    const fs::path path = run.resume, last = path / "checkpoints" / "last";  // a run's folder stands for its last
    return fs::exists(path / "state.json") || !fs::exists(last) ? path : last;
  }
  const auto root = fs::path(run.output_dir) / "checkpoints";
  const auto newest = newest_whole_checkpoint(root);
  if (!newest && !list_checkpoints(root).empty()) {
    fail(root.string(), ": holds checkpoints, and none can be read (see the warnings); mend or move them, or start a ",
         "new run in another --output-dir");
  }
  return newest;
}

}  // namespace albef
