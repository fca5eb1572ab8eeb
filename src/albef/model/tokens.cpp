#include "albef/model/tokens.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace albef {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The next number with at most `bits` significant binary digits.
int64_t rounded_up(int64_t count, int bits) {
  const auto step = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(count)) >> (bits - 1));
  return step <= 1 ? count : (count + step - 1) / step * step;
}

// rows -> grid. Every token's row stands in exactly one place, and padding places get no gradient (their keys are
// masked, their queries dropped), so the gradient is a plain gather.
struct ToGrid : torch::autograd::Function<ToGrid> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& rows, const torch::Tensor& slots,
                               const torch::Tensor& places) {
    context->save_for_backward({places});
    return rows.index_select(0, slots);
  }
  static variable_list backward(AutogradContext* context, variable_list gradient) {
    return {gradient[0].index_select(0, context->get_saved_variables()[0]), {}, {}};
  }
};

struct SelectRows : torch::autograd::Function<SelectRows> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& rows, const torch::Tensor& index,
                               int64_t count) {
    context->save_for_backward({index.narrow(0, 0, count)});
    context->saved_data["rows"] = rows.size(0);
    return rows.index_select(0, index);
  }
  static variable_list backward(AutogradContext* context, variable_list gradient) {
    auto sizes = gradient[0].sizes().vec();
    sizes[0] = context->saved_data["rows"].toInt();
    const auto index = context->get_saved_variables()[0];
    const auto counted = gradient[0].narrow(0, 0, index.size(0));
    return {torch::zeros(sizes, gradient[0].options()).index_copy_(0, index, counted), {}, {}};
  }
};

// [N, Lq, Lk] bool -> [N, 1, Lq, Lk]
torch::Tensor additive_mask(const torch::Tensor& see) {
  return torch::zeros(see.sizes(), see.options().dtype(torch::kFloat))
      .masked_fill_(see.logical_not(), -std::numeric_limits<float>::infinity())
      .unsqueeze(1);
}

}  // namespace

torch::Tensor to_device(const std::vector<int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kInt64).to(device, /*non_blocking=*/true);
}

int64_t rounded_rows(int64_t count) {
  return rounded_up(count, 5);
}

torch::Tensor rounded_index(std::vector<int64_t> rows, torch::Device device) {
  rows.resize(static_cast<size_t>(rounded_rows(static_cast<int64_t>(rows.size()))), 0);
  return to_device(rows, device);
}

torch::Tensor select_rows(const torch::Tensor& rows, const torch::Tensor& index, std::optional<int64_t> count) {
  return SelectRows::apply(rows, index, count.value_or(index.size(0)));
}

TokenLayout TokenLayout::padded(int64_t batch, int64_t length, torch::Tensor keep) {
  TokenLayout layout;
  layout.batch_ = batch;
  layout.length_ = layout.longest_ = length;
  layout.tokens_ = batch * length;
  if (keep.defined()) {
    TORCH_CHECK(keep.dim() == 2 && keep.size(0) == batch && keep.size(1) == length, "TokenLayout: keep is ",
                keep.sizes(), ", expected [", batch, ", ", length, "]");
    layout.mask_ = additive_mask(keep.unsqueeze(1));
    layout.keep_ = std::move(keep);
  }
  return layout;
}

TokenLayout TokenLayout::packed(std::vector<int64_t> lengths, torch::Device device) {
  TORCH_CHECK(!lengths.empty(), "TokenLayout: no texts");
  const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
  TORCH_CHECK(*shortest >= 1, "TokenLayout: a text without tokens");
  const auto batch = static_cast<int64_t>(lengths.size());
  if (*shortest == *longest) return padded(batch, *longest);
  const int64_t length = rounded_up(*longest, 3);

  std::vector<int64_t> slots(static_cast<size_t>(batch * length), 0), places, offsets;
  for (int64_t b = 0; b < batch; ++b) {
    offsets.push_back(static_cast<int64_t>(places.size()));
    for (int64_t t = 0; t < lengths[static_cast<size_t>(b)]; ++t) {
      slots[static_cast<size_t>(b * length + t)] = static_cast<int64_t>(places.size());
      places.push_back(b * length + t);
    }
  }
  const auto tokens = static_cast<int64_t>(places.size());
  // Spare rows show the first padding place of the shortest text: it is no token's, and its position has an embedding.
  const int64_t spare = (shortest - lengths.begin()) * length + *shortest;
  places.resize(static_cast<size_t>(rounded_rows(tokens)), spare);
  const auto keep = torch::arange(length).unsqueeze(0).lt(torch::tensor(lengths, torch::kInt64).unsqueeze(1));
  TokenLayout layout = padded(batch, length, keep.to(device, /*non_blocking=*/true));
  layout.longest_ = *longest;
  layout.tokens_ = tokens;
  layout.lengths_ = std::move(lengths);
  layout.offsets_ = std::move(offsets);
  layout.slots_ = to_device(slots, device);
  layout.places_ = to_device(places, device);
  return layout;
}

TokenLayout TokenLayout::causal(torch::Device device) const {
  const auto see = torch::ones({length_, length_}, torch::TensorOptions(torch::kBool).device(device)).tril();
  TokenLayout layout = *this;
  layout.causal_ = true;
  layout.mask_ = additive_mask(see.unsqueeze(0));
  if (keep_.defined()) layout.mask_ = layout.mask_ + additive_mask(keep_.unsqueeze(1));
  return layout;
}

torch::Tensor TokenLayout::to_grid(const torch::Tensor& rows) const {
  const auto grid = is_packed() ? ToGrid::apply(rows, slots_, places_) : rows;
  return grid.view({batch_, length_, rows.size(-1)});
}

torch::Tensor TokenLayout::to_rows(const torch::Tensor& grid) const {
  const auto all = grid.reshape({batch_ * length_, grid.size(-1)});
  return is_packed() ? select_rows(all, places_, tokens_) : all;
}

torch::Tensor TokenLayout::first_rows(torch::Device device) const {
  return is_packed() ? to_device(offsets_, device)
                     : torch::arange(batch_, torch::TensorOptions(torch::kInt64).device(device)) * length_;
}

torch::Tensor TokenLayout::positions(torch::Device device) const {
  if (is_packed()) return places_.remainder(length_);
  return torch::arange(length_, torch::TensorOptions(torch::kInt64).device(device)).repeat({batch_});
}

torch::Tensor TokenLayout::index(std::vector<int64_t> rows, torch::Device device) const {
  TORCH_CHECK(static_cast<int64_t>(rows.size()) == tokens_, "TokenLayout: ", rows.size(), " rows for ", tokens_,
              " tokens");
  return is_packed() ? rounded_index(std::move(rows), device) : to_device(rows, device);
}

std::pair<torch::Tensor, TokenLayout> TokenLayout::gather(const torch::Tensor& rows,
                                                          const torch::Tensor& text_index) const {
  if (!is_packed()) {
    const auto grid = rows.view({batch_, length_ * rows.size(-1)}).index_select(0, text_index);
    const auto keep = keep_.defined() ? keep_.index_select(0, text_index) : torch::Tensor();
    const auto layout = padded(text_index.size(0), length_, keep);
    return {grid.view({-1, rows.size(-1)}), causal_ ? layout.causal(rows.device()) : layout};
  }
  const auto host = text_index.to(torch::kCPU).contiguous();
  std::vector<int64_t> lengths, row_index;
  for (int64_t n = 0; n < host.size(0); ++n) {
    const auto b = static_cast<size_t>(host.const_data_ptr<int64_t>()[n]);
    lengths.push_back(lengths_.at(b));
    for (int64_t t = 0; t < lengths_[b]; ++t) row_index.push_back(offsets_[b] + t);
  }
  auto layout = packed(std::move(lengths), rows.device());
  if (causal_) layout = layout.causal(rows.device());
  return {rows.index_select(0, layout.index(std::move(row_index), rows.device())), std::move(layout)};
}

}  // namespace albef
