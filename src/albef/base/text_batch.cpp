#include "albef/base/text_batch.h"

#include <algorithm>

namespace albef {

TextBatch pad_texts(const std::vector<std::vector<int64_t>>& texts, int64_t pad_id, int64_t min_length) {
  TextBatch batch{.size = static_cast<int64_t>(texts.size()), .length = min_length};
  for (const auto& text : texts) {
    batch.lengths.push_back(static_cast<int64_t>(text.size()));
    batch.length = std::max(batch.length, batch.lengths.back());
  }
  batch.ids.assign(static_cast<size_t>(batch.size * batch.length), pad_id);
  auto row = batch.ids.begin();
  for (const auto& text : texts) {
    std::copy(text.begin(), text.end(), row);
    row += batch.length;
  }
  return batch;
}

}  // namespace albef
