// Pictures by name, whether they are files or lie within a larger whole: an archive, a table.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "albef/data/byte_source.h"
#include "albef/data/fetch_cache.h"

namespace albef {

/// A whole that holds pictures. Thread-safe.
class PictureContainer {
 public:
  virtual ~PictureContainer() = default;

  virtual bool holds(const std::string& member) const = 0;

  /// The bytes of a picture by its name in the container. `name` is its whole name, for messages; `fetched` holds what
  /// had to be fetched as a whole. Throws UnusableSample.
  virtual std::string read(const std::string& member, const std::string& name, FetchCache& fetched) const = 0;
};

/// Names are paths of files, or CONTAINER/MEMBER for a picture of a container that was added as CONTAINER.
class PictureStore : public ByteSource {
 public:
  /// Beside what was added under that name before, as where two entries read one file. Not while others read.
  void add(const std::string& name, std::shared_ptr<const PictureContainer> container);

  std::string read(const std::string& name) const override;

  /// How many of what is fetched as a whole are held at once, an open file each.
  void hold(size_t fetched);

 private:
  using Containers = std::vector<std::shared_ptr<const PictureContainer>>;

  std::map<std::string, Containers> containers_;  // by name without a slash at its end
  FileBytes files_;
  mutable FetchCache fetched_;
};

}  // namespace albef
