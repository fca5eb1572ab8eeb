// What every run has, and how it begins: a new output folder, or one that is gone on with.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "albef/base/config.h"
#include "albef/base/folder_lock.h"

namespace albef {

/// What every training command has. Each is a config key, and most are flags as well.
struct RunOptions {
  std::string output_dir = "output/run";
  std::string resume;  ///< "": a new run; "auto"; a checkpoint folder
  bool allow_changed_data = false;
  int64_t max_steps = 0;
  std::string device = "auto";
  int64_t threads = 0;
  int64_t seed = 42;
  bool quiet = false;
  std::string precision = "auto";
  bool tf32 = false;
  int64_t log_every_steps = 50;
  int64_t save_every_steps = 0;
  double save_every_minutes = 30;
  int64_t keep_checkpoints = 3;
  int64_t eval_every_steps = 0, eval_every_epochs = 0;
  int64_t patience = 0;
};

template <class Visitor>
void fields(Visitor& v, RunOptions& o) {
  v("output_dir", o.output_dir, "folder of this run: settings, log, metrics, checkpoints (--output-dir)");
  v("resume", o.resume, "auto: go on from the newest whole checkpoint; or a checkpoint folder (--resume)");
  v("allow_changed_data", o.allow_changed_data,
    "resume though the lists are not those of the checkpoint (--allow-changed-data)");
  v("max_steps", o.max_steps, "stop after so many steps, 0: at the schedule's end; the schedule stays (--max-steps)",
    Range{0, 1e15});
  v("device", o.device, "auto, cpu, cuda or cuda:N (--device)");
  v("threads", o.threads, "CPU threads for the computation, 0: all cores (--threads)", Range{0, 4096});
  v("seed", o.seed, "of all random numbers (--seed)", Range{0, 9e15});
  v("quiet", o.quiet, "no progress on the terminal (--quiet)");
  v("precision", o.precision,
    "of matrix products; weights and losses are float32. auto: bf16 where it is fast (--precision)",
    Choices{"auto", "float32", "bf16"});
  v("tf32", o.tf32, "on a GPU, float32 products may be rounded to TensorFloat-32");
  v("log_every_steps", o.log_every_steps, "a line of metrics.jsonl each so many steps", Range{1, 1e9});
  v("save_every_steps", o.save_every_steps, "a checkpoint each so many steps; 0: by time only", Range{0, 1e12});
  v("save_every_minutes", o.save_every_minutes, "a checkpoint each so many minutes; 0: by steps only", Range{0, 1e6});
  v("keep_checkpoints", o.keep_checkpoints, "how many checkpoints stay, besides the best", Range{1, 1e6});
  v("eval_every_steps", o.eval_every_steps, "evaluate on val_file each so many steps; 0: at the end only",
    Range{0, 1e12});
  v("eval_every_epochs", o.eval_every_epochs, "the same at the end of each so many epochs, beside it; 0: do not",
    Range{0, 1e9});
  v("patience", o.patience, "end the run after so many evaluations in a row without a better score; 0: never",
    Range{0, 1e9});
}

/// Makes the output folder, locks it for this process and opens its log.txt. Refuses a folder that another process
/// trains in, that holds other things, or another run unless that is to be resumed. Call it before anything else writes
/// there; the trainer writes config.yaml once a resume is accepted. (Of a group of ranks only rank 0 calls it.)
[[nodiscard]] FolderLock open_run_folder(const RunOptions& run);

/// The checkpoint folder that `run.resume` means; none for a new run, or where `auto` finds no checkpoint at all. Error
/// if it finds some and none is whole: nothing is started over. `auto` reads checkpoints as a whole to find out; one
/// that is named is not looked into, nor need it be one.
std::optional<std::filesystem::path> checkpoint_to_resume(const RunOptions& run);

}  // namespace albef
