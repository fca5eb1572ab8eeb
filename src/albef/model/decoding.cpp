#include "albef/model/decoding.h"

#include <algorithm>

namespace albef {

Decoding::Decoding(TextEncoder decoder, std::vector<KeyValues> question_keys)
    : decoder_(std::move(decoder)), question_keys_(std::move(question_keys)) {
  TORCH_CHECK(!question_keys_.empty(), "Decoding: no keys of questions");
  TORCH_CHECK(!decoder_->is_training(), "Decoding: the decoder is in training mode");
}

torch::Tensor Decoding::next(const std::vector<int64_t>& ids, const std::vector<int64_t>& before,
                             const std::vector<int64_t>& questions) {
  const auto device = question_keys_[0].key.device();
  const int64_t count = std::ssize(ids), asked = question_keys_[0].key.size(0);
  TORCH_CHECK(count > 0 && std::ssize(questions) == count && std::ssize(before) == (length_ > 0 ? count : 0),
              "Decoding: ", count, " tokens after ", before.size(), " tokens of ", questions.size(), " questions");
  TORCH_CHECK(std::is_sorted(questions.begin(), questions.end()), "Decoding: the questions do not ascend");

  // The tokens of one question look at it together, as if they were one text.
  std::vector<int64_t> counts, which;
  for (const int64_t question : questions) {
    if (which.empty() || which.back() != question) {
      which.push_back(question);
      counts.push_back(0);
    }
    ++counts.back();
  }
  const bool all = std::ssize(which) == asked;
  const TextImages images = all ? TextImages{} : TextImages{.texts_per_image = 0, .others = to_device(which, device)};
  const auto layout = TokenLayout::packed(counts, device);
  // Spare rows repeat the first token; nothing reads them.
  const auto rows = [&](std::vector<int64_t> values) {
    values.resize(static_cast<size_t>(layout.rows()), values[0]);
    return to_device(values, device);
  };
  const int64_t first = past_.empty() ? 0 : past_[0].key.size(0);
  auto ancestors =
      torch::arange(first, first + layout.rows(), torch::TensorOptions(torch::kInt64).device(device)).unsqueeze(1);
  if (length_ > 0) ancestors = torch::cat({ancestors_.index_select(0, rows(before)), ancestors}, 1);
  const auto states = decoder_->bert->next_tokens(rows(ids), length_, past_, ancestors, layout, question_keys_, images);
  ancestors_ = ancestors;
  ++length_;
  return states.narrow(0, 0, count);
}

}  // namespace albef
