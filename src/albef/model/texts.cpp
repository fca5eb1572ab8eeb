#include "albef/model/texts.h"

#include <algorithm>

namespace albef {

TextTokens make_texts(const TextBatch& texts, bool packed, torch::Device device) {
  const auto& [batch, length, ids, lengths] = texts;
  TORCH_CHECK(batch > 0 && std::ssize(lengths) == batch && std::ssize(ids) == batch * length,
              "make_texts: ", ids.size(), " ids and ", lengths.size(), " lengths for ", batch, " texts of ", length);
  const int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  auto grid = torch::tensor(ids, torch::kInt64).view({batch, length}).narrow(1, 0, longest);
  if (packed) {
    auto layout = TokenLayout::packed(lengths, device);
    grid = torch::constant_pad_nd(grid, {0, layout.length() - longest});
    return {layout.to_rows(grid.to(device).unsqueeze(-1)).squeeze(-1), std::move(layout)};
  }
  const auto keep = torch::arange(longest).unsqueeze(0).lt(torch::tensor(lengths, torch::kInt64).unsqueeze(1));
  return {grid.reshape({-1}).to(device),
          TokenLayout::padded(batch, longest, keep.all().item<bool>() ? torch::Tensor() : keep.to(device))};
}

}  // namespace albef
