#include "albef/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "albef/base/error.h"

namespace albef {
namespace {

double cosine(const ScheduleOptions& o, double share) {
  return o.min_lr + 0.5 * (o.lr - o.min_lr) * (1 + std::cos(std::numbers::pi * share));
}

double by_epoch(const ScheduleOptions& o, int64_t epoch, int64_t step) {
  constexpr int64_t kNotch = 100;
  if (epoch > 0) return cosine(o, static_cast<double>(epoch) / static_cast<double>(o.epochs));
  if (o.warmup_epochs == 0) return o.lr;
  const int64_t notch = std::min((std::max<int64_t>(step, 1) - 1) / kNotch, o.warmup_epochs);
  return o.warmup_lr + static_cast<double>(notch) * (o.lr - o.warmup_lr) / static_cast<double>(o.warmup_epochs);
}

double by_step(const ScheduleOptions& o, int64_t step, int64_t total) {
  if (step < o.warmup_steps)
    return o.warmup_lr + (o.lr - o.warmup_lr) * static_cast<double>(step + 1) / static_cast<double>(o.warmup_steps);
  const int64_t falling = std::max<int64_t>(1, total - o.warmup_steps);
  return cosine(o, std::min(1.0, static_cast<double>(step - o.warmup_steps) / static_cast<double>(falling)));
}

}  // namespace

double learning_rate(const ScheduleOptions& o, const SchedulePlace& place) {
  if (o.sched == "cosine") return by_epoch(o, place.epoch, place.step_in_epoch);
  if (o.sched != "cosine_step") fail("sched is '", printable(o.sched), "', expected cosine or cosine_step");
  return by_step(o, place.step, o.total_steps > 0 ? o.total_steps : place.all_steps);
}

}  // namespace albef
