#include "albef/train/trainer.h"

#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/base/progress.h"
#include "albef/base/rng.h"
#include "albef/base/signals.h"
#include "albef/base/stopwatch.h"
#include "albef/io/checkpoint.h"
#include "albef/train/memory.h"
#include "albef/train/metrics_log.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point then) {
  return Stopwatch(then).seconds();
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

// What has happened since the last line of the log. Values are summed where they are computed and fetched when logged,
// so that a GPU is never waited for in between.
struct Trainer::Window {
  std::vector<std::string> names;
  torch::Tensor sums;  // [names] float64
  int64_t steps = 0, pairs = 0;
  double data_wait = 0, lr = 0;
  Clock::time_point start = Clock::now();

  void add(const StepResult& result) {
    std::vector<torch::Tensor> values = {result.loss.detach()};
    names = {"loss"};
    for (const auto& [name, value] : result.values) {
      names.push_back(name);
      values.push_back(value.detach());
    }
    const auto stacked = torch::stack(values).to(torch::kDouble);
    sums = sums.defined() ? sums + stacked : stacked;
    ++steps;
    pairs += result.pairs;
    data_wait += result.data_wait;
  }
};

int64_t train_step(Task& task, AdamW& optimizer, const RunPosition& position, const StepSettings& settings,
                   const std::function<void(const StepResult&)>& before_update) {
  // Dropout is the only thing that draws from LibTorch's own generator; keyed by the step, a resumed run draws the
  // same.
  torch::manual_seed(
      mix({static_cast<uint64_t>(Purpose::kDropout), settings.seed, static_cast<uint64_t>(position.step)}));
  StepResult result = task.step(position);
  before_update(result);
  optimizer.zero_grad();
  result.loss.backward();
  result.loss = torch::Tensor();  // frees the graph before the update
  if (settings.clip_norm > 0) optimizer.clip_gradients(settings.clip_norm);
  optimizer.step(settings.lr);
  task.after_update();
  return result.pairs;
}

Trainer::Trainer(Task& task, TrainerSettings settings)
    : task_(task),
      settings_(std::move(settings)),
      optimizer_(task.module(), {.weight_decay = settings_.optimizer.weight_decay,
                                 .beta1 = settings_.optimizer.beta1,
                                 .beta2 = settings_.optimizer.beta2,
                                 .eps = settings_.optimizer.eps}) {
  find_last_step();
}

// Counted from where the run is: the data, and so an epoch's steps, may have changed since it began.
void Trainer::find_last_step() {
  const auto& schedule = settings_.schedule;
  const int64_t to_come = (schedule.epochs - position_.epoch) * task_.steps_per_epoch() - position_.step_in_epoch;
  all_steps_ = position_.step + std::max<int64_t>(to_come, 0);
  last_step_ = end_step(schedule, all_steps_);
  if (settings_.run.max_steps > 0) last_step_ = std::min(last_step_, settings_.run.max_steps);
}

void Trainer::run() {
  resume();
  write_atomically(folder() / "config.yaml", settings_.config);
  catch_stop_signals();
  start_ = saved_at_ = Clock::now();
  const bool evaluation_missing = position_.step > 0 && evaluation_due();  // it was cut off, or failed
  if (position_.step > last_step_ || (position_.step == last_step_ && !evaluation_missing)) {
    log_info("nothing to do: step ", position_.step, " of ", last_step_, " is reached");
    return;
  }
  task_.module().train();
  task_.start(position_, counters_);
  if (evaluation_missing) {
    save();
    evaluate();
  }
  train();
}

void Trainer::train() {
  const auto& run = settings_.run;
  Progress bar("training", last_step_, "steps", position_.step);
  Window window;
  while (position_.step < last_step_) {
    take_step(window);
    if (position_.step % run.log_every_steps == 0 || position_.step == last_step_) {
      std::string note;
      for (int64_t i = 0; i < window.sums.size(0); ++i) {
        note += (i ? ", " : "") + window.names[static_cast<size_t>(i)] + " " +
                number(window.sums[i].item<double>() / static_cast<double>(window.steps));
      }
      bar.note(note + ", lr " + number(window.lr) + ", " +
               number(static_cast<double>(window.pairs) / since(window.start)) + " pairs/s, data wait " +
               number(100 * window.data_wait / since(window.start)) + " %");
      log(window);
    }
    bar.set(position_.step);
    const auto aside = Clock::now();  // evaluating and saving are no part of the training rate
    if (stop_requested()) leave();
    const bool by_steps = run.save_every_steps > 0 && position_.step % run.save_every_steps == 0;
    const bool by_time = run.save_every_minutes > 0 && since(saved_at_) >= 60 * run.save_every_minutes;
    if (by_steps || by_time || evaluation_due() || position_.step == last_step_) save();
    if (evaluation_due()) evaluate();
    window.start += Clock::now() - aside;
  }
}

void Trainer::leave() {
  save();
  throw Interrupted(str("stopped at step ", position_.step, "; go on with --resume auto"));
}

void Trainer::take_step(Window& window) {
  window.lr = learning_rate(settings_.schedule, {position_.epoch, position_.step_in_epoch, position_.step, all_steps_});
  bool computed = false;
  const auto check = [&](const StepResult& result) {
    computed = true;
    window.add(result);
    if (result.loss.is_cpu()) check_finite(window);
  };
  const StepSettings step = {window.lr, settings_.optimizer.grad_clip_norm, static_cast<uint64_t>(settings_.run.seed)};
  int64_t pairs = 0;
  try {
    pairs = within_memory(str("step ", position_.step), "lower batch_size or image_res",
                          [&] { return train_step(task_, optimizer_, position_, step, check); });
  } catch (const Error& error) {
    if (computed || position_.step == 0) throw;
    save();  // the step failed before its loss was there, by its data or for want of memory: the weights are whole
    fail(error.what(), "; what was trained until then is saved as ", saved_path_.string());
  }
  ++position_.step;
  position_.pairs += pairs;
  if (++position_.step_in_epoch == task_.steps_per_epoch()) {
    ++position_.epoch;
    position_.step_in_epoch = 0;
  }
}

void Trainer::check_finite(const Window& window) const {
  if (!window.sums.defined()) return;
  const auto sums = window.sums.to(torch::kCPU);
  for (int64_t i = 0; i < sums.size(0); ++i) {
    if (!std::isfinite(sums[i].item<double>())) fail_not_finite(window.names[static_cast<size_t>(i)]);
  }
}

// A loss may still be finite when the update after it was not.
void Trainer::check_finite(const std::map<std::string, torch::Tensor>& tensors) const {
  if (const auto name = first_not_finite(tensors)) fail_not_finite("a value of " + *name);
}

void Trainer::fail_not_finite(const std::string& what) const {
  const std::string kept =
      saved_step_ >= 0 ? str("the checkpoint of step ", saved_step_, " is kept") : "no checkpoint was written yet";
  fail("step ", position_.step, " (epoch ", position_.epoch, "): ", what, " is not a finite number; ", kept,
       ". Lower schedular.lr, or set optimizer.grad_clip_norm, and start from there");
}

void Trainer::log(Window& window) {
  check_finite(window);
  const auto sums = window.sums.to(torch::kCPU);
  const double elapsed = since(window.start);
  OrderedJson line = place_line();
  line["lr"] = window.lr;
  for (size_t i = 0; i < window.names.size(); ++i) {
    line[window.names[i]] = sums[static_cast<int64_t>(i)].item<double>() / static_cast<double>(window.steps);
  }
  line["pairs_per_s"] = static_cast<double>(window.pairs) / elapsed;
  line["data_wait"] = window.data_wait / elapsed;
  append_metrics(folder() / kMetricsFile, line);
  window = Window();
}

OrderedJson Trainer::place_line() const {
  const int64_t epoch = position_.epoch - (position_.step_in_epoch == 0);  // of the step that was taken last
  return {{"step", position_.step}, {"epoch", epoch}, {"pairs", position_.pairs}, {"seconds", seconds()}};
}

bool Trainer::evaluation_due() const {
  const int64_t every = settings_.run.eval_every_steps;
  const bool now = position_.step == last_step_ || (every > 0 && position_.step % every == 0);
  return now && task_.evaluates() && evaluated_step_ != position_.step;
}

void Trainer::evaluate() {
  evaluated_step_ = position_.step;
  task_.module().eval();
  Metrics metrics;
  std::string failure;
  try {
    metrics = task_.evaluate();
  } catch (const Interrupted&) {
    leave();
  } catch (const c10::Error& error) {
    failure = error.what_without_backtrace();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  task_.module().train();
  if (failure.empty()) return keep_scores(metrics);
  log_warning("step ", position_.step, ": the evaluation failed (", failure, "); what was trained is saved as ",
              saved_path_.string());
}

void Trainer::keep_scores(const Metrics& metrics) {
  OrderedJson line = place_line();
  std::string text;
  for (const auto& [name, value] : metrics) {
    line["val_" + name] = value;
    text += " " + name + " " + number(value);
  }
  append_metrics(folder() / kMetricsFile, line);
  log_info("step ", position_.step, ", held out:", text);
  const auto found = metrics.find(settings_.best_metric);
  if (found != metrics.end() && (!best_ || found->second > *best_)) {
    best_ = found->second;
    link_checkpoint(folder() / "checkpoints", "best", saved_path_);
  }
  OrderedJson known = {{"evaluated", true}};
  if (best_) known["best"] = *best_;
  update_checkpoint_state(saved_path_, known);
}

void Trainer::save() {
  saved_at_ = Clock::now();
  if (saved_step_ == position_.step) return;
  Checkpoint checkpoint;
  checkpoint.model = task_.weights();
  check_finite(checkpoint.model);
  checkpoint.training = optimizer_.state();
  check_finite(checkpoint.training);
  checkpoint.files = task_.files();
  checkpoint.state["step"] = position_.step;
  checkpoint.state["epoch"] = position_.epoch;
  checkpoint.state["step_in_epoch"] = position_.step_in_epoch;
  checkpoint.state["pairs"] = position_.pairs;
  checkpoint.state["seconds"] = seconds();
  if (best_) checkpoint.state["best"] = *best_;
  checkpoint.state["evaluated"] = false;
  checkpoint.state["data"] = task_.data();
  checkpoint.state["counters"] = task_.counters();
  checkpoint.state["config"] = settings_.config;
  const auto root = folder() / "checkpoints";
  saved_path_ = write_checkpoint(root, position_.step, checkpoint);
  saved_step_ = position_.step;
  prune_checkpoints(root, static_cast<size_t>(settings_.run.keep_checkpoints));
  log_info("saved ", saved_path_.string());
}

double Trainer::seconds() const {
  return earlier_seconds_ + since(start_);
}

}  // namespace albef
