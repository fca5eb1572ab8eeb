// The position table of a ViT, made to fit another number of patches.
#pragma once
#include <torch/types.h>

namespace albef {

/// Bicubic interpolation (align_corners false) of the square grid of patch positions; the first row, [CLS], is kept.
/// `table` is [1, 1+g*g, D]; the result [1, 1+grid*grid, D], of the table's type. A table that fits already is returned
/// as it is. Throws c10::Error if the table has another form.
torch::Tensor resize_pos_embed(const torch::Tensor& table, int64_t grid);

/// g of a table of 1 + g*g rows, or -1 if that is no square.
int64_t pos_embed_grid(int64_t rows);

/// Whether a table [1, P, D] can take the number of rows of `like`: D is the same, and both are of square grids.
bool can_resize_pos_embed(const torch::Tensor& table, const torch::Tensor& like);

}  // namespace albef
