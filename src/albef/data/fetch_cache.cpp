#include "albef/data/fetch_cache.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/data/work_given_up.h"

namespace albef {
namespace {

constexpr auto kTryAgainAfter = std::chrono::minutes(1);

}  // namespace

std::shared_ptr<const void> FetchCache::find(const void* owner, uint64_t part,
                                             const std::function<std::shared_ptr<const void>()>& fetch) {
  std::unique_lock lock(mutex_);
  const auto is_it = [&](const Entry& entry) { return entry.owner == owner && entry.part == part; };
  auto found = std::ranges::find_if(entries_, is_it);
  if (found != entries_.end() && found->failed < Clock::now() - kTryAgainAfter) {
    entries_.erase(found);
    found = entries_.end();
  }
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    const auto value = found->value;
    lock.unlock();
    try {
      return value.get();
    } catch (const Interrupted&) {  // of the thread that was fetching it: this one may still want it
      if (work_given_up()) throw;
      return find(owner, part, fetch);
    }
  }
  std::promise<std::shared_ptr<const void>> promise;
  entries_.push_front({owner, part, promise.get_future().share()});
  const auto value = entries_.front().value;
  drop_old();
  lock.unlock();
  try {
    promise.set_value(fetch());
  } catch (const Interrupted&) {  // it is nobody's fault, and may be asked for again at once
    promise.set_exception(std::current_exception());
    lock.lock();
    std::erase_if(entries_, is_it);
  } catch (...) {
    promise.set_exception(std::current_exception());
    lock.lock();
    const auto mine = std::ranges::find_if(entries_, is_it);
    if (mine != entries_.end()) mine->failed = Clock::now();
  }
  return value.get();
}

void FetchCache::hold(size_t most) {
  const std::lock_guard lock(mutex_);
  most_ = std::max<size_t>(most, 1);
  drop_old();
}

// What is being fetched or read just now stays alive through the pointers to it.
void FetchCache::drop_old() {
  while (entries_.size() > most_) entries_.pop_back();
}

}  // namespace albef
