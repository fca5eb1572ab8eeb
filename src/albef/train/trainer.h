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
#include "albef/io/checkpoint.h"
#include "albef/train/memory.h"
#include "albef/train/parts.h"
#include "albef/train/run_folder.h"
#include "albef/train/schedule.h"
#include "albef/train/step.h"

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

struct TrainerSettings {
  RunOptions run;
  PartOptions parts;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  std::optional<std::filesystem::path> checkpoint;  ///< to go on from: checkpoint_to_resume(run)
  std::string config;  ///< the resolved settings as YAML: printed, saved beside the run and in each checkpoint
  /// Lays the defaults under the settings of a checkpoint, which may be of an earlier version that had fewer; (text,
  /// where it is from). Unset: they are compared as they are.
  std::function<std::string(const std::string&, const std::string&)> complete_config;
  std::string best_metric;  ///< of Task::evaluate(), the larger the better; its best checkpoint is kept as `best`
};

class Trainer {
 public:
  /// All three outlive it. Every rank of `ranks` has a Trainer of its own; rank 0 writes log, metrics and checkpoints,
  /// and evaluates. Freezes parts of the task's model.
  Trainer(Task& task, TrainerSettings settings, Communicator& ranks);
  /// Until the schedule's end, max_steps, the end of its patience, or a signal (throws Interrupted after saving).
  /// Resumes first if asked to. Whatever is evaluated is saved before; an evaluation that fails is a warning, and is
  /// made up for by a resumed run.
  void run();

 private:
  struct Window;  // sums since the last line of metrics.jsonl

  void resume();
  void go_on_from(const std::filesystem::path& path);
  void check_data(const OrderedJson& state, const std::string& where);
  void find_last_step();
  void train();
  uint64_t take_step(Window& window);                     ///< what the ranks decided (Wish)
  BatchProbe probe();                                     ///< of the step that ran out of memory
  uint64_t wishes(const StepResult& result) const;        ///< of this rank, for the step under way
  RunPosition next(int64_t pairs) const;                  ///< behind one more step, of so many samples
  bool evaluation_due(const RunPosition& reached) const;  ///< and not done yet
  void average(Window& window) const;                     ///< over the ranks
  std::string log(Window& window);                        ///< returns the line that the progress bar shows
  void check_finite(const Window& window) const;
  void check_finite(const std::map<std::string, torch::Tensor>& tensors) const;
  [[noreturn]] void fail_not_finite(const std::string& what) const;
  void save();                         ///< Error instead if a weight is NaN or infinite
  void write(Checkpoint& checkpoint);  // rank 0's part of it
  [[noreturn]] void leave();           ///< saves and throws Interrupted
  [[noreturn]] void save_and_fail(const std::string& why);
  void evaluate();  ///< of the step that was saved last
  bool score();     // rank 0's part of it; false if it was interrupted
  void keep_scores(const Metrics& metrics);
  void check_patience() const;
  bool out_of_patience() const;
  std::string why_it_ends() const;
  OrderedJson place_line() const;  ///< what a line of metrics.jsonl begins with
  void cut_metrics() const;
  double seconds() const;
  std::filesystem::path folder() const { return settings_.run.output_dir; }

  Task& task_;
  TrainerSettings settings_;
  Communicator& ranks_;
  AdamW optimizer_;
  RunPosition position_;
  OrderedJson counters_ = OrderedJson::object();  // of the checkpoint that the run goes on from
  int64_t last_step_ = 0, all_steps_ = 0;         // this run's end; that of all epochs
  int64_t saved_step_ = -1, evaluated_step_ = -1;
  std::filesystem::path saved_path_;
  double earlier_seconds_ = 0;  // of the runs that this one goes on from
  std::optional<double> best_;
  int64_t without_gain_ = 0;  // evaluations in a row; rank 0 alone counts on
  bool ended_early_ = false;
  std::chrono::steady_clock::time_point start_, saved_at_;
};

}  // namespace albef
