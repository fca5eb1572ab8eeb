// Multi-head attention as BERT names its parts; self-attention over words, cross-attention from words to patches (or,
// in a decoder, to another text's words). Shape letters: docs/shapes.md (B texts, L tokens, I images, P patches + 1, D
// width, rows: see tokens.h).
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include "albef/model/tokens.h"

namespace albef {

/// What one layer of a stack attends to, for Grad-CAM (gradcam.h). Layers below it then run without gradients, which
/// begin at its probabilities.
struct AttentionRecord {
  int64_t layer = 0;   ///< 0-based, in the whole stack
  torch::Tensor rows;  ///< [N] int64: from this layer on the batch holds these rows of it; undefined: as it was
  torch::Tensor probabilities;  ///< [N, heads, Lq, Lk] float32, set by the forward pass: a leaf that asks for gradients
};

/// softmax(q kᵀ / √d + mask) v with dropout on the probabilities. q [N, Lq, D], k and v [N, Lk, D], mask broadcastable
/// to [N, heads, Lq, Lk] or undefined. Returns [N, Lq, D]. With a `record`, whose layer this is: without dropout.
torch::Tensor attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v, int64_t heads,
                     const torch::Tensor& mask, double dropout, AttentionRecord* record = nullptr);

struct AttentionOptions {
  int64_t width = 768;      ///< D of the queries and of the output
  int64_t key_width = 768;  ///< width of what keys and values are made from: D, or the image encoder's width
  int64_t heads = 12;
  double attention_dropout = 0.1;  ///< on probabilities
  double dropout = 0.1;            ///< on the output dense layer, before the residual
  double norm_eps = 1e-12;
};

/// Keys and values [I, P, D] that one fusion layer makes from image tokens. They depend on nothing else, so they are
/// made once and serve every text that looks at the image.
struct KeyValues {
  torch::Tensor key, value;
  torch::Tensor mask;  ///< [I, 1, 1, P] of TokenLayout::mask() where they are of padded texts; undefined: all are seen
};

/// Which image each of N texts looks at. Texts 0 .. I*texts_per_image-1 stand in the order of their images, so that
/// those of one image can be asked at once; text I*texts_per_image + n looks at image others[n].
struct TextImages {
  int64_t texts_per_image = 1;
  torch::Tensor others;  ///< [N - I*texts_per_image] int64, or undefined
};

/// dense -> dropout -> residual -> LayerNorm: BERT's way out of attention and of the feed-forward part.
class ResidualOutputImpl : public torch::nn::Module {
 public:
  ResidualOutputImpl(int64_t in, int64_t out, double dropout, double norm_eps);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& residual);

 private:
  double dropout_;
  torch::nn::Linear dense_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};
TORCH_MODULE(ResidualOutput);

/// The three input projections, registered under BERT's names `query`, `key`, `value`.
class AttentionProjectionsImpl : public torch::nn::Module {
 public:
  explicit AttentionProjectionsImpl(const AttentionOptions& options);
  torch::nn::Linear query{nullptr}, key{nullptr}, value{nullptr};
};
TORCH_MODULE(AttentionProjections);

class AttentionImpl : public torch::nn::Module {
 public:
  explicit AttentionImpl(const AttentionOptions& options);

  /// Words attend to words. x [rows, D] in `layout`; `queries` are those rows of x whose output is wanted, in
  /// `query_layout` (the same text count). Returns [query rows, D].
  torch::Tensor self_attention(const torch::Tensor& queries, const TokenLayout& query_layout, const torch::Tensor& x,
                               const TokenLayout& layout);

  /// Of image tokens (or others) [I, P, key_width].
  KeyValues cross_keys(const torch::Tensor& tokens, const torch::Tensor& mask);
  /// From here on the projections of keys and values are those of `other`, under both names.
  void share_keys(AttentionImpl& other);
  /// Decoding: x [R, D] are new tokens, whose keys and values are put behind those of the tokens so far, `past` [S, D].
  /// Token r hears the tokens ancestors[r] ([R, A] rows of past, old and new), itself among them.
  torch::Tensor next_tokens(const torch::Tensor& x, KeyValues& past, const torch::Tensor& ancestors);
  /// Words attend to patches. With a `record` all texts stand in `images.others`.
  torch::Tensor cross_attention(const torch::Tensor& queries, const TokenLayout& layout, const KeyValues& keys,
                                const TextImages& images, AttentionRecord* record = nullptr);

 private:
  double attention_dropout() const { return is_training() ? options_.attention_dropout : 0.0; }

  AttentionOptions options_;
  AttentionProjections self_{nullptr};
  ResidualOutput output_{nullptr};
};
TORCH_MODULE(Attention);

}  // namespace albef
