#include "albef/data/prefetch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

using namespace albef;
using namespace std::chrono_literals;

static int uneven(uint64_t position) {
  std::this_thread::sleep_for(std::chrono::microseconds(position * 7919 % 400));
  return static_cast<int>(position * position);
}

TEST(OrderedPrefetcher, DeliversInOrderWhateverTheThreads) {
  for (const int threads : {1, 2, 4, 9}) {
    for (const int depth : {1, 3, 8}) {
      OrderedPrefetcher<int> ahead([](uint64_t i, const std::stop_token&) { return uneven(i); }, 5, 105, threads,
                                   depth);
      for (int i = 5; i < 105; ++i) {
        const auto item = ahead.next();
        ASSERT_TRUE(item);
        ASSERT_EQ(*item, i * i);
      }
      EXPECT_FALSE(ahead.next());
      EXPECT_FALSE(ahead.next());
    }
  }
}

TEST(OrderedPrefetcher, NeverHoldsMoreThanItsDepth) {
  std::atomic<int> alive{0}, most{0};
  struct Counted {
    explicit Counted(std::atomic<int>* count) : count(count) {}
    Counted(Counted&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
    Counted& operator=(Counted&& other) noexcept {
      std::swap(count, other.count);
      return *this;
    }
    ~Counted() {
      if (count) --*count;
    }
    std::atomic<int>* count;
  };
  {
    OrderedPrefetcher<Counted> ahead(
        [&](uint64_t, const std::stop_token&) {
          const int now = ++alive;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          return Counted(&alive);
        },
        0, 200, /*threads=*/4, /*depth=*/3);
    while (ahead.next()) {
    }
  }
  EXPECT_LE(most, 3 + 1);  // and the one that was taken
  EXPECT_EQ(alive, 0);
}

TEST(OrderedPrefetcher, ThrowsWhatItsWorkersThrewAtThatPlace) {
  OrderedPrefetcher<int> ahead(
      [](uint64_t i, const std::stop_token&) {
        if (i == 3) throw std::runtime_error("third");
        return static_cast<int>(i);
      },
      0, 100, 3, 4);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*ahead.next(), i);
  for (int again = 0; again < 2; ++again) {
    try {
      ahead.next();
      FAIL() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()), "third");
    }
  }
}

TEST(OrderedPrefetcher, EndsAtOnceInAnyState) {
  for (int i = 0; i < 100; ++i) {  // also before the threads have started
    OrderedPrefetcher<int> ahead([](uint64_t p, const std::stop_token&) { return uneven(p); }, 0, 1000, 4, 8);
    for (int taken = 0; taken < i % 5; ++taken) ahead.next();
  }
  const auto start = std::chrono::steady_clock::now();
  {
    std::atomic<bool> begun{false};
    OrderedPrefetcher<int> ahead(
        [&](uint64_t, const std::stop_token& stop) {
          begun = true;
          while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
          return 0;
        },
        0, 10, 2, 2);
    while (!begun) std::this_thread::sleep_for(1ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST(OrderedPrefetcher, TellsHowLongTheTakerWaited) {
  OrderedPrefetcher<int> ahead(
      [](uint64_t i, const std::stop_token&) {
        if (i == 0) std::this_thread::sleep_for(50ms);
        return 0;
      },
      0, 3, 1, 3);
  ahead.next();
  EXPECT_GT(ahead.waited(), 0.02);
  std::this_thread::sleep_for(50ms);
  ahead.next();
  EXPECT_LT(ahead.waited(), 0.02);
}

TEST(OrderedPrefetcher, EndsWhereThereIsNothingToDo) {
  OrderedPrefetcher<int> ahead([](uint64_t, const std::stop_token&) { return 0; }, 7, 7, 2, 2);
  EXPECT_FALSE(ahead.next());
}
