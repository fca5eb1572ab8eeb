#include "albef/base/stopwatch.h"

#include <gtest/gtest.h>

namespace albef {
namespace {

TEST(Stopwatch, CountsSecondsSinceItsStart) {
  const Stopwatch watch;
  const double first = watch.seconds();
  EXPECT_GE(first, 0);
  EXPECT_GE(watch.seconds(), first);
  const double earlier = Stopwatch(Stopwatch::Clock::now() - std::chrono::minutes(2)).seconds();
  EXPECT_GE(earlier, 120);
  EXPECT_LT(earlier, 180);
}

}  // namespace
}  // namespace albef
