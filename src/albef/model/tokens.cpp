#include "albef/model/tokens.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace albef {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

torch::Tensor to_device(const std::vector<int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kInt64).to(device, /*non_blocking=*/true);
}

// rows -> grid. Every row stands in exactly one place, and padding places get no gradient (their keys are masked, their
// queries dropped), so the gradient is a plain gather.
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
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& rows, const torch::Tensor& index) {
    context->save_for_backward({index});
    context->saved_data["rows"] = rows.size(0);
    return rows.index_select(0, index);
  }
  static variable_list backward(AutogradContext* context, variable_list gradient) {
    auto sizes = gradient[0].sizes().vec();
    sizes[0] = context->saved_data["rows"].toInt();
    return {torch::zeros(sizes, gradient[0].options()).index_copy_(0, context->get_saved_variables()[0], gradient[0]),
            {}};
  }
};

torch::Tensor additive_mask(const torch::Tensor& keep) {
  return torch::zeros(keep.sizes(), keep.options().dtype(torch::kFloat))
      .masked_fill_(keep.logical_not(), -std::numeric_limits<float>::infinity())
      .view({keep.size(0), 1, 1, keep.size(1)});
}

}  // namespace

torch::Tensor select_rows(const torch::Tensor& rows, const torch::Tensor& index) {
  return SelectRows::apply(rows, index);
}

TokenLayout TokenLayout::padded(int64_t batch, int64_t length, torch::Tensor keep) {
  TokenLayout layout;
  layout.batch_ = batch;
  layout.length_ = length;
  if (keep.defined()) {
    TORCH_CHECK(keep.dim() == 2 && keep.size(0) == batch && keep.size(1) == length, "TokenLayout: keep is ",
                keep.sizes(), ", expected [", batch, ", ", length, "]");
    layout.mask_ = additive_mask(keep);
    layout.keep_ = std::move(keep);
  }
  return layout;
}

TokenLayout TokenLayout::packed(std::vector<int64_t> lengths, torch::Device device) {
  TORCH_CHECK(!lengths.empty(), "TokenLayout: no texts");
  const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
  TORCH_CHECK(*shortest >= 1, "TokenLayout: a text without tokens");
  const auto batch = static_cast<int64_t>(lengths.size());
  const int64_t length = *longest;
  if (*shortest == length) return padded(batch, length);

  std::vector<int64_t> slots(static_cast<size_t>(batch * length), 0), places, offsets;
  for (int64_t b = 0; b < batch; ++b) {
    offsets.push_back(static_cast<int64_t>(places.size()));
    for (int64_t t = 0; t < lengths[static_cast<size_t>(b)]; ++t) {
      slots[static_cast<size_t>(b * length + t)] = static_cast<int64_t>(places.size());
      places.push_back(b * length + t);
    }
  }
  const auto keep = torch::arange(length).unsqueeze(0).lt(torch::tensor(lengths, torch::kInt64).unsqueeze(1));
  TokenLayout layout = padded(batch, length, keep.to(device, /*non_blocking=*/true));
  layout.lengths_ = std::move(lengths);
  layout.offsets_ = std::move(offsets);
  layout.slots_ = to_device(slots, device);
  layout.places_ = to_device(places, device);
  return layout;
}

torch::Tensor TokenLayout::to_grid(const torch::Tensor& rows) const {
  const auto grid = is_packed() ? ToGrid::apply(rows, slots_, places_) : rows;
  return grid.view({batch_, length_, rows.size(-1)});
}

torch::Tensor TokenLayout::to_rows(const torch::Tensor& grid) const {
  const auto all = grid.reshape({batch_ * length_, grid.size(-1)});
  return is_packed() ? select_rows(all, places_) : all;
}

torch::Tensor TokenLayout::first_rows(torch::Device device) const {
  return is_packed() ? to_device(offsets_, device)
                     : torch::arange(batch_, torch::TensorOptions(torch::kInt64).device(device)) * length_;
}

torch::Tensor TokenLayout::positions(torch::Device device) const {
  if (is_packed()) return places_.remainder(length_);
  return torch::arange(length_, torch::TensorOptions(torch::kInt64).device(device)).repeat({batch_});
}

std::pair<torch::Tensor, TokenLayout> TokenLayout::gather(const torch::Tensor& rows,
                                                          const torch::Tensor& text_index) const {
  if (!is_packed()) {
    const auto grid = rows.view({batch_, length_ * rows.size(-1)}).index_select(0, text_index);
    const auto keep = keep_.defined() ? keep_.index_select(0, text_index) : torch::Tensor();
    return {grid.view({-1, rows.size(-1)}), padded(text_index.size(0), length_, keep)};
  }
  const auto host = text_index.to(torch::kCPU).contiguous();
  std::vector<int64_t> lengths, row_index;
  for (int64_t n = 0; n < host.size(0); ++n) {
    const auto b = static_cast<size_t>(host.const_data_ptr<int64_t>()[n]);
    lengths.push_back(lengths_.at(b));
    for (int64_t t = 0; t < lengths_[b]; ++t) row_index.push_back(offsets_[b] + t);
  }
  return {rows.index_select(0, to_device(row_index, rows.device())), packed(std::move(lengths), rows.device())};
}

}  // namespace albef
