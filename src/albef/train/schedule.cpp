#include "albef/train/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "albef/base/error.h"

namespace albef {
namespace {

double cosine(const ScheduleOptions& o, double share) {
  return o.min_lr + 0.5 * (o.lr - o.min_lr) * (1 + std::cos(std::numbers::pi * share));
}

double cosine_by_epoch(const ScheduleOptions& o, const SchedulePlace& place) {
  constexpr int64_t kNotch = 100;
  if (place.epoch > 0) return cosine(o, static_cast<double>(place.epoch) / static_cast<double>(o.epochs));
  if (o.warmup_epochs == 0) return o.lr;
  const int64_t notch = std::min((std::max<int64_t>(place.step_in_epoch, 1) - 1) / kNotch, o.warmup_epochs);
  return o.warmup_lr + static_cast<double>(notch) * (o.lr - o.warmup_lr) / static_cast<double>(o.warmup_epochs);
}

double warm_up(const ScheduleOptions& o, int64_t step) {
  return o.warmup_lr + (o.lr - o.warmup_lr) * static_cast<double>(step + 1) / static_cast<double>(o.warmup_steps);
}

// How much of the way from step `begin` to step `end` is behind: 0 to 1.
double share_of(int64_t step, int64_t begin, int64_t end) {
  return std::min(1.0, static_cast<double>(step - begin) / static_cast<double>(std::max<int64_t>(1, end - begin)));
}

double cosine_by_step(const ScheduleOptions& o, const SchedulePlace& place) {
  if (place.step < o.warmup_steps) return warm_up(o, place.step);
  return cosine(o, share_of(place.step, o.warmup_steps, end_step(o, place.all_steps)));
}

double warm_up_stable_decay(const ScheduleOptions& o, const SchedulePlace& place) {
  if (place.step < o.warmup_steps) return warm_up(o, place.step);
  const int64_t end = end_step(o, place.all_steps);
  const int64_t decay = o.decay_steps > 0 ? o.decay_steps : std::max<int64_t>(1, end / 10);
  const int64_t begin = std::max(o.warmup_steps, end - decay);
  if (place.step < begin) return o.lr;
  return o.min_lr + (o.lr - o.min_lr) * (1 - std::sqrt(share_of(place.step, begin, end)));
}

struct Schedule {
  const char* name;
  double (*rate)(const ScheduleOptions&, const SchedulePlace&);
  bool by_step;  // obeys total_steps
};

constexpr std::array<Schedule, 3> kSchedules = {
    {{"cosine", cosine_by_epoch, false}, {"cosine_step", cosine_by_step, true}, {"wsd", warm_up_stable_decay, true}}};

const Schedule& schedule_of(const ScheduleOptions& o) {
  std::string names;
  for (const auto& schedule : kSchedules) {
    if (o.sched == schedule.name) return schedule;
    names += (names.empty() ? "" : ", ") + std::string(schedule.name);
  }
  fail("sched is '", printable(o.sched), "', expected one of ", names);
}

}  // namespace

Choices schedule_names() {
  Choices names;
  for (const auto& schedule : kSchedules) names.emplace_back(schedule.name);
  return names;
}

double learning_rate(const ScheduleOptions& options, const SchedulePlace& place) {
  return schedule_of(options).rate(options, place);
}

int64_t end_step(const ScheduleOptions& options, int64_t all_steps) {
  return schedule_of(options).by_step && options.total_steps > 0 ? options.total_steps : all_steps;
}

}  // namespace albef
