// What was fetched as a whole and is looked into many times: the few things used last.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>

namespace albef {

/// Thread-safe. What is asked for by several threads at once is fetched by one of them, the others wait.
class FetchCache {
 public:
  /// What `fetch` returned for (owner, part), now or before. What it threw is thrown again for a minute, and then it is
  /// tried anew.
  template <class T>
  std::shared_ptr<const T> get(const void* owner, uint64_t part,
                               const std::function<std::shared_ptr<const T>()>& fetch) {
    return std::static_pointer_cast<const T>(
        find(owner, part, [&fetch]() -> std::shared_ptr<const void> { return fetch(); }));
  }

  void hold(size_t most);  ///< at least 1; those used least lately go

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    const void* owner;
    uint64_t part;
    std::shared_future<std::shared_ptr<const void>> value;
    Clock::time_point failed = Clock::time_point::max();
  };
  std::shared_ptr<const void> find(const void* owner, uint64_t part,
                                   const std::function<std::shared_ptr<const void>()>& fetch);
  void drop_old();

  std::mutex mutex_;
  std::list<Entry> entries_;  // the one used last is the first
  size_t most_ = 8;
};

}  // namespace albef
