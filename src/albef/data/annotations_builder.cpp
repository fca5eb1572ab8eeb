#include "albef/data/annotations_builder.h"

#include <limits>
#include <utility>

#include "albef/base/error.h"

namespace albef {

void AnnotationsBuilder::begin_source(std::string file, std::string image_root) {
  made_.sources.push_back({std::move(file), std::move(image_root), made_.image_ids.size()});
}

void AnnotationsBuilder::add(uint64_t number, std::string_view image, std::span<const std::string> captions,
                             int64_t image_id) {
  if (number > std::numeric_limits<uint32_t>::max()) {
    fail(made_.sources.back().file, ": holds more than ", std::numeric_limits<uint32_t>::max(),
         " records; split the file");
  }
  append(image);
  for (const std::string& caption : captions) append(caption);
  made_.first.push_back(made_.starts.size() - 1);
  made_.image_ids.push_back(image_id);
  made_.numbers.push_back(static_cast<uint32_t>(number));
}

void AnnotationsBuilder::append(std::string_view text) {
  made_.bytes += text;
  made_.starts.push_back(made_.bytes.size());
}

Annotations AnnotationsBuilder::finish() {
  const auto storage = std::make_shared<const Storage>(std::exchange(made_, {}));
  return {{storage->bytes, storage->starts, storage->first, storage->image_ids, storage->numbers, storage->sources},
          storage};
}

}  // namespace albef
