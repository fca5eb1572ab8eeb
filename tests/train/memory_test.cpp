#include "albef/train/memory.h"

#include <gtest/gtest.h>

#include <new>
#include <vector>

#include "../data/temporary_folder.h"

namespace albef {
namespace {

TEST(WithinMemory, TriesHalvesAndTellsWhatFits) {
  std::vector<int64_t> tried;
  const auto fitting = [&](int64_t most) {
    tried.clear();
    return what_fits({.batch = 50, .attempt = [&tried, most](int64_t size) {
                        tried.push_back(size);
                        if (size > most) throw std::bad_alloc();
                      }});
  };
  EXPECT_EQ(fitting(12), "tried: 12 at once fits, 25 at once does not");
  EXPECT_EQ(tried, (std::vector<int64_t>{50, 25, 12}));
  EXPECT_EQ(fitting(1), "tried: 1 at once fits, 3 at once does not");
  EXPECT_EQ(fitting(0), "tried: not even one at a time fits");
  EXPECT_EQ(fitting(50), "tried: 50 at once fits by itself; what is kept beside it is too large");
}

TEST(WithinMemory, TellsWhatRanOutWhateverTheAttemptsDo) {
  const auto message = [](const BatchProbe& probe) {
    return complaint<OutOfMemory>([&] { within_memory("a step", "lower it", probe, [] { throw std::bad_alloc(); }); });
  };
  EXPECT_EQ(message({}), "out of memory for a step; lower it");
  EXPECT_EQ(message({.batch = 4, .attempt = [](int64_t) { fail("a.jpg: no picture"); }}),
            "out of memory for a step; lower it");
  const auto attempt = [](int64_t size) {
    if (size > 1) throw std::bad_alloc();
  };
  EXPECT_EQ(message({.batch = 2, .attempt = attempt, .name = [](int64_t n) { return str("--batch ", n); }}),
            "out of memory for a step; lower it; tried: --batch 1 fits, --batch 2 does not");
  EXPECT_EQ(within_memory("a step", "lower it", BatchProbe(), [] { return 7; }), 7);
}

}  // namespace
}  // namespace albef
