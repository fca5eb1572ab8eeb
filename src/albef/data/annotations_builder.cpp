#include "albef/data/annotations_builder.h"

#include <limits>
#include <utility>

#include "albef/base/error.h"

namespace albef {

void AnnotationsBuilder::begin_list(double weight) {
  made_.weights.push_back(weight);
}

void AnnotationsBuilder::begin_source(AnnotationSource source) {
  if (made_.weights.empty()) begin_list();
  source.first_record = made_.image_ids.size();
  source.list = static_cast<uint32_t>(made_.weights.size() - 1);
  made_.sources.push_back(std::move(source));
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

Annotations AnnotationsBuilder::finish(std::shared_ptr<PictureStore> pictures) {
  const auto storage = std::make_shared<const Storage>(std::exchange(made_, {}));
  const auto& s = *storage;
  return {{s.bytes, s.starts, s.first, s.image_ids, s.numbers, s.sources, s.weights}, storage, std::move(pictures)};
}

}  // namespace albef
