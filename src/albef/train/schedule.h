// Learning rates. A schedule is a function of the step alone: it does not know the clock, nor where a run is stopped.
#pragma once
#include <cstdint>
#include <string>

#include "albef/base/config.h"

namespace albef {

/// The authors' `schedular` block, and what schedules over single steps need.
struct ScheduleOptions {
  std::string sched = "cosine";
  double lr = 1e-4, min_lr = 1e-5, warmup_lr = 1e-5;
  int64_t epochs = 30;
  int64_t warmup_epochs = 20;   ///< cosine, in units of 100 steps of epoch 0
  int64_t warmup_steps = 0;     ///< cosine_step, wsd
  int64_t total_steps = 0;      ///< cosine_step, wsd; 0: epochs x steps per epoch
  int64_t decay_steps = 0;      ///< wsd; 0: a tenth of all steps
  double decay_rate = 1;        ///< read for the authors' files; 1 is the only value with a meaning
  int64_t cooldown_epochs = 0;  ///< likewise, 0
};

/// The names that `sched` may have.
Choices schedule_names();

template <class Visitor>
void fields(Visitor& v, ScheduleOptions& o) {
  v("sched", o.sched, "shape of the learning rate: the authors' by epoch, or by step", schedule_names());
  v("lr", o.lr, "peak learning rate", Range{0, 10});
  v("epochs", o.epochs, "epochs of the whole run", Range{1, 1e9});
  v("min_lr", o.min_lr, "learning rate at the end", Range{0, 10});
  v("decay_rate", o.decay_rate, "only 1 is known", Range{1, 1});
  v("warmup_lr", o.warmup_lr, "learning rate at the start", Range{0, 10});
  v("warmup_epochs", o.warmup_epochs, "cosine: warm-up in units of 100 steps, within epoch 0", Range{0, 1e9});
  v("cooldown_epochs", o.cooldown_epochs, "only 0 is known", Range{0, 0});
  v("warmup_steps", o.warmup_steps, "cosine_step, wsd: steps from warmup_lr to lr", Range{0, 1e12});
  v("total_steps", o.total_steps, "cosine_step, wsd: steps until min_lr; 0: all epochs", Range{0, 1e12});
  v("decay_steps", o.decay_steps, "wsd: the last so many steps fall from lr to min_lr; 0: a tenth of all",
    Range{0, 1e12});
}

/// Where a step stands in the run; all from 0.
struct SchedulePlace {
  int64_t epoch = 0, step_in_epoch = 0;
  int64_t step = 0;       ///< since the run began
  int64_t all_steps = 1;  ///< of all epochs
};

/// The rate that a step is taken with.
/// cosine: in epoch 0 warmup_lr for steps 0-100, a notch of (lr - warmup_lr)/warmup_epochs up after each 100, then lr;
/// in epoch e >= 1 min_lr + (lr - min_lr)(1 + cos(π e/epochs))/2.
/// cosine_step: linear over warmup_steps, then the cosine down to min_lr at total_steps, and min_lr from there on.
/// wsd (warm-up, stable, decay; Hu et al. 2024, "MiniCPM"): linear over warmup_steps, then lr, and over the last
/// decay_steps before total_steps min_lr + (lr - min_lr)(1 - sqrt(share)); min_lr from there on. Of the forms that
/// Hägele et al. 2024 compare, 1 - sqrt ends lower than linear. A decay longer than what follows the warm-up begins at
/// its end.
/// Error for another `sched`.
double learning_rate(const ScheduleOptions& options, const SchedulePlace& place);

/// How many steps the run has: `total_steps` if the schedule goes by steps and it is set, else `all_steps`, those of
/// all epochs. Error for an unknown `sched`.
int64_t end_step(const ScheduleOptions& options, int64_t all_steps);

}  // namespace albef
