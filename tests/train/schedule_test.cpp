#include "albef/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

// Of an unbroken run with so many steps an epoch.
double rate_at(const ScheduleOptions& options, int64_t epoch, int64_t step, int64_t steps_per_epoch) {
  return learning_rate(options, {epoch, step, epoch * steps_per_epoch + step, options.epochs * steps_per_epoch});
}

const ScheduleOptions kAuthors = {};  // cosine, lr 1e-4, from and to 1e-5, 30 epochs, warm-up over 20 x 100 steps

TEST(CosineSchedule, ClimbsANotchAfterEachHundredStepsOfTheFirstEpoch) {
  const auto rate = [](int64_t step) { return rate_at(kAuthors, 0, step, 10000); };
  const double notch = (1e-4 - 1e-5) / 20;
  for (const int64_t step : {0, 1, 50, 99, 100}) EXPECT_DOUBLE_EQ(rate(step), 1e-5) << step;
  for (const int64_t step : {101, 150, 200}) EXPECT_DOUBLE_EQ(rate(step), 1e-5 + notch) << step;
  for (const int64_t step : {201, 300}) EXPECT_DOUBLE_EQ(rate(step), 1e-5 + 2 * notch) << step;
  EXPECT_DOUBLE_EQ(rate(2000), 1e-5 + 19 * notch);
  for (const int64_t step : {2001, 2002, 5000, 9999}) EXPECT_DOUBLE_EQ(rate(step), 1e-4) << step;
}

TEST(CosineSchedule, FallsByEpochFromTheSecondOn) {
  for (const int64_t epoch : {1, 15, 29}) {
    const double wanted = 1e-5 + 0.5 * (1e-4 - 1e-5) * (1 + std::cos(M_PI * static_cast<double>(epoch) / 30));
    for (const int64_t step : {0, 1, 101, 9999}) EXPECT_DOUBLE_EQ(rate_at(kAuthors, epoch, step, 10000), wanted);
  }
}

TEST(CosineSchedule, TakesTheCosineEvenIfTheFirstEpochWasTooShortToWarmUp) {
  EXPECT_DOUBLE_EQ(rate_at(kAuthors, 0, 150, 151), 1e-5 + (1e-4 - 1e-5) / 20);
  EXPECT_NEAR(rate_at(kAuthors, 1, 0, 151), 1e-4, 1e-6);
}

TEST(CosineSchedule, StartsAtThePeakWithoutWarmUp) {
  auto o = kAuthors;
  o.warmup_epochs = 0;
  EXPECT_DOUBLE_EQ(rate_at(o, 0, 0, 100), 1e-4);
}

ScheduleOptions by_step() {
  ScheduleOptions o;
  o.sched = "cosine_step";
  o.lr = 1e-3;
  o.min_lr = 1e-5;
  o.warmup_lr = 1e-6;
  o.warmup_steps = 10;
  o.total_steps = 110;
  return o;
}

TEST(CosineStepSchedule, ClimbsEvenlyFallsAsACosineAndStaysAtTheEnd) {
  const auto rate = [](int64_t step) { return rate_at(by_step(), step / 7, step % 7, 7); };
  EXPECT_DOUBLE_EQ(rate(0), 1e-6 + (1e-3 - 1e-6) / 10);
  EXPECT_DOUBLE_EQ(rate(4), 1e-6 + (1e-3 - 1e-6) / 2);
  EXPECT_DOUBLE_EQ(rate(9), 1e-3);
  EXPECT_DOUBLE_EQ(rate(10), 1e-3);
  EXPECT_DOUBLE_EQ(rate(60), (1e-3 + 1e-5) / 2);
  EXPECT_DOUBLE_EQ(rate(110), 1e-5);
  EXPECT_DOUBLE_EQ(rate(5000), 1e-5);
  for (int64_t step = 10; step < 110; ++step) EXPECT_GT(rate(step), rate(step + 1)) << step;
}

TEST(CosineStepSchedule, EndsWithTheEpochsIfNoTotalIsSet) {
  auto o = by_step();
  o.total_steps = 0;
  o.epochs = 3;
  EXPECT_DOUBLE_EQ(rate_at(o, 3, 0, 50), 1e-5);
  EXPECT_GT(rate_at(o, 2, 49, 50), 1e-5);
  o.epochs = 1;  // all of it warm-up, and a step more
  EXPECT_DOUBLE_EQ(rate_at(o, 1, 0, 5), 1e-6 + (1e-3 - 1e-6) * 6 / 10);
}

ScheduleOptions stable() {
  auto o = by_step();
  o.sched = "wsd";
  o.decay_steps = 20;
  return o;
}

TEST(StableSchedule, ClimbsEvenlyStaysAndFallsAsOneLessTheRoot) {
  const auto rate = [](int64_t step) { return rate_at(stable(), step / 7, step % 7, 7); };
  for (int64_t step = 0; step < 10; ++step)
    EXPECT_EQ(rate(step), rate_at(by_step(), step / 7, step % 7, 7)) << step;  // the warm-up is cosine_step's
  for (const int64_t step : {10, 11, 50, 89, 90}) EXPECT_EQ(rate(step), 1e-3) << step;
  EXPECT_DOUBLE_EQ(rate(95), 1e-5 + (1e-3 - 1e-5) * (1 - 0.5));  // a quarter of the fall
  EXPECT_DOUBLE_EQ(rate(110), 1e-5);
  EXPECT_DOUBLE_EQ(rate(5000), 1e-5);
  for (int64_t step = 90; step < 110; ++step) EXPECT_GT(rate(step), rate(step + 1)) << step;
}

TEST(StableSchedule, FallsOverATenthOfAllStepsIfNothingIsSaid) {
  auto o = stable();
  o.decay_steps = o.total_steps = 0;
  o.epochs = 4;
  const auto rate = [&](int64_t step) { return rate_at(o, step / 50, step % 50, 50); };
  EXPECT_EQ(rate(180), 1e-3);
  EXPECT_LT(rate(181), 1e-3);
  EXPECT_GT(rate(199), 1e-5);
  EXPECT_DOUBLE_EQ(rate(200), 1e-5);
}

TEST(StableSchedule, BeginsToFallBehindTheWarmUpAtTheEarliest) {
  auto o = stable();
  o.decay_steps = 1000;
  EXPECT_DOUBLE_EQ(rate_at(o, 0, 9, 50), 1e-3);
  EXPECT_DOUBLE_EQ(rate_at(o, 0, 10, 50), 1e-3);
  EXPECT_DOUBLE_EQ(rate_at(o, 0, 35, 50), 1e-5 + (1e-3 - 1e-5) * (1 - 0.5));
}

TEST(Schedule, EndsAtItsTotalIfItGoesBySteps) {
  auto o = by_step();
  for (const char* name : {"cosine_step", "wsd"}) {
    o.sched = name;
    o.total_steps = 110;
    EXPECT_EQ(end_step(o, 300), 110) << name;
    o.total_steps = 0;
    EXPECT_EQ(end_step(o, 300), 300) << name;
  }
  o.sched = "cosine";
  o.total_steps = 110;
  EXPECT_EQ(end_step(o, 300), 300);
}

TEST(Schedule, RefusesANameThatItDoesNotKnow) {
  ScheduleOptions o;
  o.sched = "cosine_steps";
  EXPECT_EQ(complaint<Error>([&] { rate_at(o, 0, 0, 5); }),
            "sched is 'cosine_steps', expected one of cosine, cosine_step, wsd");
}

TEST(Schedule, RefusesSettingsThatWouldBeIgnored) {
  for (const char* text : {"decay_rate: 0.5", "cooldown_epochs: 1", "sched: step", "lr: -1"}) {
    ScheduleOptions o;
    EXPECT_NE(complaint<Error>([&] { read_config(parse_yaml(text, "x"), "x", o); }), "") << text;
  }
}

}  // namespace
}  // namespace albef
