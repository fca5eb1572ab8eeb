// How a run is scored on held-out data: when, what is kept of it, and when its patience is at an end.
#include "albef/base/log.h"
#include "albef/base/signals.h"
#include "albef/io/checkpoint.h"
#include "albef/train/metrics_log.h"
#include "albef/train/trainer.h"

namespace fs = std::filesystem;

namespace albef {

bool Trainer::evaluation_due(const RunPosition& reached) const {
  const int64_t steps = settings_.run.eval_every_steps, epochs = settings_.run.eval_every_epochs;
  const bool by_steps = steps > 0 && reached.step % steps == 0;
  const bool by_epochs = epochs > 0 && reached.step_in_epoch == 0 && reached.epoch % epochs == 0;
  const bool now = by_steps || by_epochs || reached.step == last_step_;
  return now && task_.evaluates() && evaluated_step_ != reached.step;
}

void Trainer::evaluate() {
  enum : uint64_t { kInterrupted = 1, kOutOfPatience = 2 };
  evaluated_step_ = position_.step;
  uint64_t own = 0;
  on_first(ranks_, [&] {
    if (!score()) own = kInterrupted;
    if (out_of_patience()) own |= kOutOfPatience;
  });
  const uint64_t decided = ranks_.agree(own);
  if (decided & kInterrupted) leave();
  ended_early_ = (decided & kOutOfPatience) != 0 && position_.step < last_step_;
  if (ended_early_ && ranks_.is_first()) log_info("the run ends early: ", why_it_ends());
}

void Trainer::check_patience() const {
  const auto& run = settings_.run;
  if (run.patience == 0) return;
  if (!task_.evaluates()) fail("patience is ", run.patience, ", but there are no held-out data to score: set val_file");
  if (run.eval_every_steps == 0 && run.eval_every_epochs == 0) {
    fail("patience is ", run.patience, ", but the only evaluation is at the end: set eval_every_epochs or ",
         "eval_every_steps");
  }
}

bool Trainer::out_of_patience() const {
  return settings_.run.patience > 0 && without_gain_ >= settings_.run.patience;
}

std::string Trainer::why_it_ends() const {
  const auto best = folder() / "checkpoints" / "best";
  return str(without_gain_, " evaluations in a row until step ", position_.step, " were no better in ",
             settings_.best_metric, " than ", brief(best_.value_or(0)), ", that of ",
             fs::exists(best) ? fs::canonical(best).string() : "the run from which this one went on");
}

bool Trainer::score() {
  task_.module().eval();
  Metrics metrics;
  std::string failure;
  bool interrupted = false;
  try {
    metrics = task_.evaluate();
  } catch (const Interrupted&) {
    interrupted = true;
  } catch (const c10::Error& error) {
    failure = error.what_without_backtrace();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  task_.module().train();
  if (interrupted) return false;
  if (failure.empty()) {
    keep_scores(metrics);
  } else {
    log_warning("step ", position_.step, ": the evaluation failed (", failure, "); what was trained is saved as ",
                saved_path_.string());
  }
  return true;
}

void Trainer::keep_scores(const Metrics& metrics) {
  OrderedJson line = place_line();
  std::string text;
  for (const auto& [name, value] : metrics) {
    line["val_" + name] = value;
    text += " " + name + " " + brief(value);
  }
  append_metrics(folder() / kMetricsFile, line);
  log_info("step ", position_.step, ", held out:", text);
  const auto found = metrics.find(settings_.best_metric);
  if (found != metrics.end()) ++without_gain_;
  if (found != metrics.end() && (!best_ || found->second > *best_)) {
    without_gain_ = 0;
    best_ = found->second;
    link_checkpoint(folder() / "checkpoints", "best", saved_path_);
  }
  OrderedJson known = {{"evaluated", true}, {"without_gain", without_gain_}};
  if (best_) known["best"] = *best_;
  update_checkpoint_state(saved_path_, known);
}

}  // namespace albef
