// One training loop for all tasks: forward, backward, clip, AdamW, schedule; log, checkpoints, evaluation, resume.
#pragma once
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "albef/base/config.h"
#include "albef/base/json.h"
#include "albef/train/adamw.h"
#include "albef/train/schedule.h"
#include "albef/train/task.h"

namespace albef {

/// The authors' `optimizer` block.
struct OptimizerOptions {
  std::string opt = "adamW";
  double lr = 1e-4;  ///< read for the authors' files: the schedule's lr decides
  double weight_decay = 0.02, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double grad_clip_norm = 0;
};

template <class Visitor>
void fields(Visitor& v, OptimizerOptions& o) {
  v("opt", o.opt, "the optimiser", Choices{"adamW"});
  v("lr", o.lr, "as in the authors' files; schedular.lr is the one that counts", Range{0, 10});
  v("weight_decay", o.weight_decay, "on every tensor but biases and 1-D ones", Range{0, 10});
  v("beta1", o.beta1, "decay of the first moment", Range{0, 1});
  v("beta2", o.beta2, "decay of the second moment", Range{0, 1});
  v("eps", o.eps, "added to the second moment's root", Range{0, 1});
  v("grad_clip_norm", o.grad_clip_norm, "largest 2-norm of all gradients; 0: no clipping", Range{0, 1e9});
}

/// What every training command has. Each is a config key, and most are flags as well.
struct RunOptions {
  std::string output_dir = "output/run";
  std::string resume;  ///< "": a new run; "auto"; a checkpoint folder
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
  int64_t eval_every_steps = 0;
};

template <class Visitor>
void fields(Visitor& v, RunOptions& o) {
  v("output_dir", o.output_dir, "folder of this run: settings, log, metrics, checkpoints (--output-dir)");
  v("resume", o.resume, "auto: go on from the newest whole checkpoint; or a checkpoint folder (--resume)");
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
}

struct TrainerSettings {
  RunOptions run;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  std::optional<std::filesystem::path> checkpoint;  ///< to go on from: checkpoint_to_resume(run)
  std::string config;  ///< the resolved settings as YAML: printed, saved beside the run and in each checkpoint
  /// Lays the defaults under the settings of a checkpoint, which may be of an earlier version that had fewer; (text,
  /// where it is from). Unset: they are compared as they are.
  std::function<std::string(const std::string&, const std::string&)> complete_config;
  std::string best_metric;  ///< of Task::evaluate(), the larger the better; its best checkpoint is kept as `best`
};

/// Makes the output folder and opens its log.txt. Refuses a folder that holds other things, or another run unless that
/// is to be resumed. Call it before anything else writes there; the trainer writes config.yaml once a resume is
/// accepted.
void open_run_folder(const RunOptions& run);

/// The checkpoint folder that `run.resume` means; none for a new run, or where `auto` finds no whole one. Reads whole
/// checkpoints to find out.
std::optional<std::filesystem::path> checkpoint_to_resume(const RunOptions& run);

struct StepSettings {
  double lr = 1e-4, clip_norm = 0;
  uint64_t seed = 0;
};

/// One optimiser step: forward, `before_update` (which may throw: nothing is changed then), backward, clip, AdamW, and
/// what the task does after it. Returns the samples it took. The trainer's and the benchmark's.
int64_t train_step(Task& task, AdamW& optimizer, const RunPosition& position, const StepSettings& settings,
                   const std::function<void(const StepResult&)>& before_update);

class Trainer {
 public:
  Trainer(Task& task, TrainerSettings settings);
  /// Until the schedule's end, max_steps, or a signal (throws Interrupted after saving). Resumes first if asked to.
  void run();

 private:
  struct Window;  // sums since the last line of metrics.jsonl

  void resume();
  void train();
  void take_step(Window& window);
  void log(Window& window);
  void check_finite(const Window& window) const;
  void check_finite(const std::map<std::string, torch::Tensor>& weights) const;
  [[noreturn]] void fail_not_finite(const std::string& what) const;
  std::filesystem::path save();  ///< returns the checkpoint's folder; Error instead if a weight is NaN or infinite
  void leave_if_asked();         ///< saves and throws Interrupted once a signal has asked for it
  void evaluate();
  void append_metrics(const OrderedJson& line);
  void cut_metrics() const;
  double seconds() const;
  std::filesystem::path folder() const { return settings_.run.output_dir; }

  Task& task_;
  TrainerSettings settings_;
  AdamW optimizer_;
  RunPosition position_;
  int64_t last_step_ = 0;
  int64_t saved_step_ = -1, evaluated_step_ = -1;
  std::filesystem::path saved_path_;
  double earlier_seconds_ = 0;  // of the runs that this one goes on from
  std::optional<double> best_;
  std::chrono::steady_clock::time_point start_, saved_at_;
};

}  // namespace albef
