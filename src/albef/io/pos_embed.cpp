#include "albef/io/pos_embed.h"

#include <cmath>

namespace albef {

int64_t pos_embed_grid(int64_t rows) {
  const auto grid = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(rows - 1))));
  return rows > 1 && grid * grid == rows - 1 ? grid : -1;
}

torch::Tensor resize_pos_embed(const torch::Tensor& table, int64_t grid) {
  TORCH_CHECK(table.dim() == 3 && table.size(0) == 1, "position table of shape ", table.sizes(),
              ", expected [1, 1+g*g, D]");
  const int64_t old_grid = pos_embed_grid(table.size(1)), width = table.size(2);
  TORCH_CHECK(old_grid > 0 && grid > 0, "position table of ", table.size(1), " rows to a grid of ", grid);
  if (old_grid == grid) return table;
  const auto cls = table.narrow(1, 0, 1);
  const auto patches = table.narrow(1, 1, old_grid * old_grid)
                           .reshape({1, old_grid, old_grid, width})
                           .permute({0, 3, 1, 2})
                           .to(torch::kFloat);  // [1, D, g, g]
  const auto resized = at::upsample_bicubic2d(patches, {grid, grid}, /*align_corners=*/false);
  const auto rows = resized.permute({0, 2, 3, 1}).reshape({1, grid * grid, width}).to(table.scalar_type());
  return torch::cat({cls, rows}, 1);
}

bool can_resize_pos_embed(const torch::Tensor& table, const torch::Tensor& like) {
  return table.dim() == 3 && like.dim() == 3 && table.size(0) == 1 && table.size(2) == like.size(2) &&
         pos_embed_grid(table.size(1)) > 0 && pos_embed_grid(like.size(1)) > 0;
}

}  // namespace albef
