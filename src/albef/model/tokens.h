// Texts of different lengths in one batch, with or without padding between them.
//
// B texts, L tokens in the longest, T tokens in all. Dense layers work on rows, one a token; attention needs the
// rectangle [B, L]. A *padded* layout keeps the rectangle throughout (rows = B*L, padding among them). A *packed* one
// drops padding from all dense layers (rows = T) and restores the rectangle inside attention only.
//
// Packed batches are nearly all of different T, and matrix products in bfloat16 on the CPU compile a kernel for each
// new shape, which takes longer than running it. So T and L are rounded up a little, to sizes that come again: spare
// rows stand after the tokens, spare places at the end of each text. They hold finite numbers, nothing reads them, and
// their gradient is 0.
#pragma once
#include <torch/types.h>

#include <optional>
#include <vector>

namespace albef {

class TokenLayout {
 public:
  TokenLayout() = default;

  /// Packed rows: text b has lengths[b] >= 1 tokens. Without any padding to drop it is the same as `padded`.
  static TokenLayout packed(std::vector<int64_t> lengths, torch::Device device);
  /// All of [B, L] as rows; `keep` [B, L] is true where there is a token, undefined where there is no padding.
  static TokenLayout padded(int64_t batch, int64_t length, torch::Tensor keep = {});

  int64_t batch() const { return batch_; }
  int64_t length() const { return length_; }    ///< L: the longest text, rounded up where packed
  int64_t longest() const { return longest_; }  ///< tokens of the longest text
  int64_t tokens() const { return tokens_; }    ///< rows that are not spare
  int64_t rows() const { return is_packed() ? places_.size(0) : tokens_; }
  bool is_packed() const { return slots_.defined(); }

  /// The same texts, each of whose tokens sees itself and those before it: for a decoder.
  TokenLayout causal(torch::Device device) const;
  bool is_causal() const { return causal_; }

  torch::Tensor to_grid(const torch::Tensor& rows) const;  ///< [rows, D] -> [B, L, D]; padding holds arbitrary rows
  torch::Tensor to_rows(const torch::Tensor& grid) const;  ///< [B, L, D] -> [rows, D]

  /// 0 for what a token sees and -inf for the rest, float32: added to attention scores. [B, 1, 1, L] for padding,
  /// undefined without any; [B, 1, L, L] (or [1, 1, L, L]) where causal.
  const torch::Tensor& mask() const { return mask_; }
  const torch::Tensor& keep() const { return keep_; }

  /// Row of the first token ([CLS]) of text b.
  int64_t first_row(int64_t b) const { return is_packed() ? offsets_[static_cast<size_t>(b)] : b * length_; }
  torch::Tensor first_rows(torch::Device device) const;  ///< [B] int64

  /// [rows] int64: each row's place in its text, 0-based.
  torch::Tensor positions(torch::Device device) const;

  /// As an index for this layout's rows: `rows`, one for each token, with others for the spare rows.
  torch::Tensor index(std::vector<int64_t> rows, torch::Device device) const;

  /// The batch of the texts text_index[0], text_index[1], ... ([N] int64; repeats allowed) of `rows`.
  /// Packed: reads text_index on the host. Causal if this one is. Returns their rows and the layout of them.
  std::pair<torch::Tensor, TokenLayout> gather(const torch::Tensor& rows, const torch::Tensor& text_index) const;

 private:
  int64_t batch_ = 0, length_ = 0, longest_ = 0, tokens_ = 0;
  bool causal_ = false;
  torch::Tensor keep_, mask_;     // [B, L] bool; see mask()
  std::vector<int64_t> lengths_;  // packed only, as are all below
  std::vector<int64_t> offsets_;  // first row of each text
  torch::Tensor slots_;           // [B*L] int64: the row that each place of the grid shows
  torch::Tensor places_;          // [rows] int64: the place of each row in the grid; of spare rows a padding place
};

/// Numbers of the host, [values] int64, without waiting for the device.
torch::Tensor to_device(const std::vector<int64_t>& values, torch::Device device);

/// What `count` rows are rounded up to: at most a sixteenth more.
int64_t rounded_rows(int64_t count);

/// An index of rows on a device, filled up with 0 to rounded_rows().
torch::Tensor rounded_index(std::vector<int64_t> rows, torch::Device device);

/// rows[index] for an index whose first `count` (default: all) have no repeats, so that their gradient is a copy
/// instead of an addition; those after them are spare and have no gradient.
torch::Tensor select_rows(const torch::Tensor& rows, const torch::Tensor& index, std::optional<int64_t> count = {});

}  // namespace albef
