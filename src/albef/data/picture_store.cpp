#include "albef/data/picture_store.h"

namespace albef {

void PictureStore::add(const std::string& name, std::shared_ptr<const PictureContainer> container) {
  containers_[name] = std::move(container);
}

std::string PictureStore::read(const std::string& name) const {
  if (!containers_.empty()) {
    // Members may lie in folders, and a command has slashes too: each of them may be where the container's name ends.
    for (size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      const auto found = containers_.find(name.substr(0, slash));
      if (found != containers_.end()) return found->second->read(name.substr(slash + 1), name, fetched_);
    }
  }
  return files_.read(name);
}

}  // namespace albef
