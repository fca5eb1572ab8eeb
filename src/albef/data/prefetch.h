// Work done ahead by a few threads and delivered in order, whatever the number of threads.
#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/data/work_given_up.h"

namespace albef {

/// For example:  OrderedPrefetcher<Batch> ahead(make_batch, first, end, /*threads=*/4, /*depth=*/8);
///               while (auto batch = ahead.next()) train_on(*batch);
/// At most `depth` items are being made or wait to be taken. The destructor asks `make` to stop and waits for the
/// threads.
template <class T>
class OrderedPrefetcher {
 public:
  /// Makes the item of a position. Runs in several threads at once; its result must not depend on the order of calls.
  /// It may look at the token now and then and give up (throw anything) once a stop is requested.
  using Make = std::function<T(uint64_t position, const std::stop_token& stop)>;

  /// Positions begin..end-1. `threads` and `depth` are at least 1; more threads than `depth` would only wait.
  OrderedPrefetcher(Make make, uint64_t begin, uint64_t end, int threads, int depth)
      : make_(std::move(make)),
        end_(end),
        claimed_(begin),
        taken_(begin),
        slots_(static_cast<size_t>(std::max(depth, 1))) {
    try {
      for (int i = 0; i < std::max(threads, 1); ++i) threads_.emplace_back([this] { work(); });
    } catch (...) {  // the system gives no more threads
      stop();
      throw;
    }
  }

  ~OrderedPrefetcher() { stop(); }
  OrderedPrefetcher(const OrderedPrefetcher&) = delete;
  OrderedPrefetcher& operator=(const OrderedPrefetcher&) = delete;

  /// The next item, or nothing behind the last. What `make` threw for it is thrown here, at each call from then on.
  /// Long waits are logged; Interrupted where one is ended by the user. Called by one thread.
  std::optional<T> next() {
    std::unique_lock lock(mutex_);
    if (taken_ == end_) return std::nullopt;
    Slot& slot = slots_[taken_ % slots_.size()];
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&start] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    double told = 5;
    while (!made_.wait_for(lock, std::chrono::seconds(1), [&slot] { return slot.item.has_value() || slot.error; })) {
      if (stop_requested()) throw Interrupted("stopped while waiting for data");
      if (seconds() < 2 * told) continue;
      told = seconds();
      log_warning("data wait: nothing for ", static_cast<int>(told), " s; the source is slow or dead");
    }
    waited_ = seconds();
    if (slot.error) std::rethrow_exception(slot.error);
    std::optional<T> item(std::move(*slot.item));
    slot.item.reset();
    ++taken_;
    lock.unlock();
    room_.notify_one();
    return item;
  }

  double waited() const { return waited_; }  ///< seconds that the last next() had to wait

 private:
  struct Slot {
    std::optional<T> item;
    std::exception_ptr error;
  };

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_.request_stop();
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void work() {
    current_work = stop_.get_token();
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock,
                 [this] { return stop_.stop_requested() || claimed_ == end_ || claimed_ - taken_ < slots_.size(); });
      if (stop_.stop_requested() || claimed_ == end_) return;
      const uint64_t position = claimed_++;
      lock.unlock();
      Slot made;
      try {
        made.item.emplace(make_(position, stop_.get_token()));
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      slots_[position % slots_.size()] = std::move(made);
      made_.notify_one();
    }
  }

  const Make make_;
  const uint64_t end_;
  std::mutex mutex_;
  std::condition_variable made_, room_;
  uint64_t claimed_, taken_;  // the next position to be made, the next to be delivered
  std::vector<Slot> slots_;   // a position's is its remainder by the number of slots
  std::stop_source stop_;
  double waited_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace albef
