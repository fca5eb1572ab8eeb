#include "albef/base/text_batch.h"

#include <algorithm>

#include "albef/base/error.h"

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

TextBatch join(const TextBatch& a, const TextBatch& b) {
  if (a.length != b.length) fail("texts of ", a.length, " and of ", b.length, " ids do not make one rectangle");
  TextBatch both = a;
  both.size += b.size;
  both.ids.insert(both.ids.end(), b.ids.begin(), b.ids.end());
  both.lengths.insert(both.lengths.end(), b.lengths.begin(), b.lengths.end());
  return both;
}

}  // namespace albef
