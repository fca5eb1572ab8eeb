#include "albef/data/picture_store.h"

#include <sys/resource.h>

#include <algorithm>

namespace albef {
namespace {

/// Lets the process have `wanted` files open, as far as the system allows; returns how many it may have.
size_t allow_open_files(size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

}  // namespace

void PictureStore::add(const std::string& name, std::shared_ptr<const PictureContainer> container) {
  Containers& same = containers_[name.substr(0, name.find_last_not_of('/') + 1)];
  if (same.empty() || same.back() != container) same.push_back(std::move(container));
}

std::string PictureStore::read(const std::string& name) const {
  // Members may lie in folders, and a command has slashes too: each of them may be where the container's name ends.
  for (size_t slash = containers_.empty() ? name.npos : name.find('/'); slash != name.npos;
       slash = name.find('/', slash + 1)) {
    const auto found = containers_.find(name.substr(0, slash));
    if (found == containers_.end()) continue;
    const std::string member = name.substr(std::min(name.find_first_not_of('/', slash), name.size()));
    const auto holds = [&](const auto& container) { return container->holds(member); };
    const auto it = std::ranges::find_if(found->second, holds);
    if (it == found->second.end()) throw UnusableSample(name + ": there is no such picture in it", "no such file");
    return (*it)->read(member, name, fetched_);
  }
  return files_.read(name);
}

void PictureStore::hold(size_t fetched) {
  constexpr size_t kOthers = 256;  // files that the program has open beside
  const size_t allowed = allow_open_files(fetched + kOthers);
  fetched_.hold(std::min(fetched, std::max(allowed, kOthers + 2) - kOthers));
}

}  // namespace albef
