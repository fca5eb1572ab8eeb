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
#include "albef/train/metrics_log.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point then) {
  return Stopwatch(then).seconds();
}

// Of what is trained: frozen parts take no part.
AdamW make_optimizer(torch::nn::Module& module, const TrainerSettings& settings) {
  freeze(module, settings.parts);
  const auto& options = settings.optimizer;
  return AdamW(module, {.weight_decay = options.weight_decay,
                        .beta1 = options.beta1,
                        .beta2 = options.beta2,
                        .eps = options.eps,
                        .lr_factor = settings.parts.lr_factor});
}

}  // namespace

// What has happened since the last line of the log. Values are summed where they are computed and fetched when logged,
// so that a GPU is never waited for in between. Each counts by this rank's share of the step's samples.
struct Trainer::Window {
  std::vector<std::string> names;
  torch::Tensor sums;  // [names] float64; undefined while there were no samples
  int64_t steps = 0, pairs = 0;
  double data_wait = 0, lr = 0;
  Clock::time_point start = Clock::now();

  void add(const StepResult& result) {
    ++steps;
    pairs += result.pairs;
    data_wait += result.data_wait;
    if (!result.loss.defined()) return;
    std::vector<torch::Tensor> values = {result.loss};
    names = {"loss"};
    for (const auto& [name, value] : result.values) {
      names.push_back(name);
      values.push_back(value);
    }
    const auto stacked = torch::stack(values).to(torch::kDouble) * result.share;
    sums = sums.defined() ? sums + stacked : stacked;
  }
};

Trainer::Trainer(Task& task, TrainerSettings settings, Communicator& ranks)
    : task_(task), settings_(std::move(settings)), ranks_(ranks), optimizer_(make_optimizer(task.module(), settings_)) {
  check_patience();
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
  on_first(ranks_, [&] { write_atomically(folder() / "config.yaml", settings_.config); });
  catch_stop_signals();
  start_ = saved_at_ = Clock::now();
  const bool evaluation_missing = position_.step > 0 && evaluation_due(position_);  // it was cut off, or failed
  if (position_.step > last_step_ || (position_.step == last_step_ && !evaluation_missing)) {
    log_info("nothing to do: step ", position_.step, " of ", last_step_, " is reached");
    return;
  }
  if (out_of_patience()) {
    log_info("nothing to do: ", why_it_ends(), "; to go on, raise patience");
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
  while (position_.step < last_step_ && !ended_early_) {
    const uint64_t decided = take_step(window);
    if (position_.step % run.log_every_steps == 0 || position_.step == last_step_) {
      const std::string note = log(window);
      bar.note(note);
    }
    bar.set(position_.step);
    const auto aside = Clock::now();  // evaluating and saving are no part of the training rate
    if (decided & kStop) leave();
    if (decided & (kSave | kEvaluate)) save();
    if (decided & kEvaluate) evaluate();
    window.start += Clock::now() - aside;
  }
}

void Trainer::leave() {
  save();
  throw Interrupted(str("stopped at step ", position_.step, "; go on with --resume auto"));
}

uint64_t Trainer::take_step(Window& window) {
  window.lr = learning_rate(settings_.schedule, {position_.epoch, position_.step_in_epoch, position_.step, all_steps_});
  const StepSettings step = {window.lr, settings_.optimizer.grad_clip_norm, static_cast<uint64_t>(settings_.run.seed)};
  bool computed = false;  // from then on a failure may leave half an update
  const auto wishes_of = [&](const StepResult& result) {
    computed = true;
    return wishes(result);
  };
  TakenStep taken;
  try {
    taken = within_memory(str("step ", position_.step), "lower batch_size or image_res",
                          [&] { return train_step(task_, optimizer_, ranks_, position_, step, wishes_of); });
  } catch (const OutOfMemory& error) {
    if (!computed && position_.step > 0) save();  // before attempts change what a step changes
    const auto fits = what_fits(probe());
    const auto why = error.what() + (fits.empty() ? "" : "; " + fits);
    if (computed || position_.step == 0) fail(why);
    save_and_fail(why);
  } catch (const Error& error) {
    if (computed || position_.step == 0) throw;
    save_and_fail(error.what());
  } catch (...) {
    if (!computed && position_.step > 0) save();  // as the other ranks do
    throw;
  }
  if (taken.decided & kFailed) {
    constexpr const char* kWhy = "another process of this run failed; see its messages";
    if (position_.step == 0) fail(kWhy);
    save_and_fail(kWhy);
  }
  window.add(taken.result);
  if (!taken.updated()) {
    check_finite(window);
    fail_not_finite("a loss of another process");
  }
  position_ = next(taken.result.pairs);
  return taken.decided;
}

// With other processes each attempt would be one of them all.
BatchProbe Trainer::probe() {
  if (ranks_.world() > 1 || task_.batch_size() == 0) return {};
  return {task_.batch_size(), [this](int64_t samples) {
            task_.attempt(samples, position_).backward();
            optimizer_.zero_grad();
          }};
}

RunPosition Trainer::next(int64_t pairs) const {
  RunPosition next = position_;
  ++next.step;
  next.pairs += pairs;
  if (++next.step_in_epoch == task_.steps_per_epoch()) {
    ++next.epoch;
    next.step_in_epoch = 0;
  }
  return next;
}

// The step failed before its update: the weights are whole.
void Trainer::save_and_fail(const std::string& why) {
  try {
    save();
  } catch (const Error& error) {
    fail(why, "; nor could be saved what was trained until then: ", error.what());
  }
  fail(why, "; what was trained until then is saved as ",
       ranks_.is_first() ? saved_path_.string() : "the first process says");
}

// Clocks and signals differ between ranks, so each says what it wants and all do what one does. On a GPU losses are not
// waited for: log() and save() look at them.
uint64_t Trainer::wishes(const StepResult& result) const {
  const auto& run = settings_.run;
  const RunPosition reached = next(result.pairs);
  const int64_t step = reached.step;
  const bool by_steps = run.save_every_steps > 0 && step % run.save_every_steps == 0;
  const bool by_time = run.save_every_minutes > 0 && since(saved_at_) >= 60 * run.save_every_minutes;
  uint64_t wishes = 0;
  if (stop_requested()) wishes |= kStop;
  if (by_steps || by_time || step == last_step_) wishes |= kSave;
  if (evaluation_due(reached)) wishes |= kEvaluate;
  const auto is_finite = [](const torch::Tensor& value) { return std::isfinite(value.item<double>()); };
  if (result.loss.defined() && result.loss.is_cpu()) {
    bool finite = is_finite(result.loss);
    for (const auto& [name, value] : result.values) finite &= is_finite(value);
    if (!finite) wishes |= kNotFinite;
  }
  return wishes;
}

void Trainer::check_finite(const Window& window) const {
  if (!window.sums.defined()) return;
  const auto sums = window.sums.to(torch::kCPU);
  for (int64_t i = 0; i < sums.size(0); ++i) {
    if (std::isfinite(sums[i].item<double>())) continue;
    const auto n = static_cast<size_t>(i);  // a rank that never had a sample knows no names
    fail_not_finite(n < window.names.size() ? window.names[n] : "a loss of another process");
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

void Trainer::average(Window& window) const {
  if (!window.sums.defined()) {  // other ranks know how many values there are
    const auto count = static_cast<int64_t>(ranks_.agree(0));
    const auto device = task_.module().parameters().at(0).device();
    window.sums = torch::zeros({count}, torch::TensorOptions(torch::kDouble).device(device));
  } else {
    ranks_.agree(window.names.size());
  }
  ranks_.all_reduce({window.sums});
}

// Means of what the ranks have seen since the last line.
std::string Trainer::log(Window& window) {
  if (ranks_.world() > 1) average(window);
  check_finite(window);
  const double elapsed = since(window.start), lr = window.lr;
  OrderedJson line = place_line();
  line["lr"] = lr;
  std::string note;
  const auto sums = window.sums.defined() ? window.sums.to(torch::kCPU) : torch::Tensor();
  for (size_t i = 0; i < window.names.size(); ++i) {
    const double mean = sums[static_cast<int64_t>(i)].item<double>() / static_cast<double>(window.steps);
    line[window.names[i]] = mean;
    note += window.names[i] + " " + brief(mean) + ", ";
  }
  const double rate = static_cast<double>(window.pairs) / elapsed, waited = window.data_wait / elapsed;
  line["pairs_per_s"] = rate;
  line["data_wait"] = waited;
  on_first(ranks_, [&] { append_metrics(folder() / kMetricsFile, line); });
  const auto names = window.names;
  window = Window();
  window.names = names;
  return note + "lr " + brief(lr) + ", " + brief(rate) + " pairs/s, data wait " + brief(100 * waited) + " %";
}

OrderedJson Trainer::place_line() const {
  const int64_t epoch = position_.epoch - (position_.step_in_epoch == 0);  // of the step that was taken last
  return {{"step", position_.step}, {"epoch", epoch}, {"pairs", position_.pairs}, {"seconds", seconds()}};
}

void Trainer::save() {
  saved_at_ = Clock::now();
  if (saved_step_ == position_.step) return;
  Checkpoint checkpoint;
  checkpoint.model = task_.weights();
  check_finite(checkpoint.model);
  checkpoint.training = optimizer_.state();
  check_finite(checkpoint.training);
  on_first(ranks_, [&] { write(checkpoint); });
  saved_step_ = position_.step;
}

void Trainer::write(Checkpoint& checkpoint) {
  checkpoint.files = task_.files();
  checkpoint.state["task"] = task_.name();
  checkpoint.state["step"] = position_.step;
  checkpoint.state["epoch"] = position_.epoch;
  checkpoint.state["step_in_epoch"] = position_.step_in_epoch;
  checkpoint.state["pairs"] = position_.pairs;
  checkpoint.state["ranks"] = ranks_.world();
  checkpoint.state["seconds"] = seconds();
  if (best_) checkpoint.state["best"] = *best_;
  checkpoint.state["without_gain"] = without_gain_;
  checkpoint.state["evaluated"] = false;
  checkpoint.state["data"] = task_.data();
  checkpoint.state["counters"] = task_.counters();
  checkpoint.state["config"] = settings_.config;
  const auto root = folder() / "checkpoints";
  saved_path_ = write_checkpoint(root, position_.step, checkpoint);
  prune_checkpoints(root, static_cast<size_t>(settings_.run.keep_checkpoints));
  log_info("saved ", saved_path_.string());
}

double Trainer::seconds() const {
  return earlier_seconds_ + since(start_);
}

}  // namespace albef
