// The text encoder and the multimodal encoder: one stack of BERT layers, cut in two (ALBEF §3.1).
// Layers below `fusion_layer` read words alone; those from it on also attend to the image tokens. With fusion_layer 0
// and a causal layout the stack is a decoder, which attends to the states of another text (VQA).
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "albef/model/attention.h"
#include "albef/model/tokens.h"

namespace albef {

/// The keys of config_bert.json, by their names.
struct BertOptions {
  int64_t hidden_size = 768;  ///< D
  int64_t num_hidden_layers = 12;
  int64_t num_attention_heads = 12;
  int64_t intermediate_size = 3072;
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  double layer_norm_eps = 1e-12;
  int64_t vocab_size = 30522;  ///< V
  int64_t max_position_embeddings = 512;
  int64_t type_vocab_size = 2;
  int64_t pad_token_id = 0;
  double initializer_range = 0.02;
  int64_t fusion_layer = 6;     ///< the first layer with cross-attention; 0: there is no text encoder
  int64_t encoder_width = 768;  ///< width of the image tokens
  /// 2 (NLVR2): fusion layers come in pairs; the first of each looks at image 0, the second at image 1, and they share
  /// the projections of keys and values.
  int64_t images_per_text = 1;
};

/// word + position + token type 0 -> LayerNorm -> dropout. The look-up gives the [PAD] row no gradient.
class BertEmbeddingsImpl : public torch::nn::Module {
 public:
  explicit BertEmbeddingsImpl(const BertOptions& options);
  torch::Tensor forward(const torch::Tensor& ids, const torch::Tensor& positions);  ///< [rows], [rows] -> [rows, D]
  const torch::Tensor& word_weight() const { return word_; }                        ///< [V, D]

 private:
  BertOptions options_;
  torch::Tensor word_, position_, type_;
  torch::nn::LayerNorm norm_{nullptr};
};
TORCH_MODULE(BertEmbeddings);

/// Tokens of which the last layer's states are wanted: nothing above needs the others, so they are not computed.
struct WantedTokens {
  torch::Tensor rows;  ///< [S] int64: layout.index() of rows of the input, ordered by text, each text at least once
  TokenLayout layout;  ///< of those S rows
};

class BertLayerImpl : public torch::nn::Module {
 public:
  BertLayerImpl(const BertOptions& options, bool fusion);

  /// x [rows, D] in `layout` -> the states of the `wanted` rows in their layout (null: of all). `keys` and `images`:
  /// for a fusion layer; `record`: of its cross-attention.
  torch::Tensor forward(const torch::Tensor& x, const TokenLayout& layout, const WantedTokens* wanted,
                        const KeyValues* keys, const TextImages* images, AttentionRecord* record = nullptr);
  /// Of a decoder's layer: see Attention::next_tokens(); `layout` is of the new tokens, a text of them for each of
  /// `images`.
  torch::Tensor next_tokens(const torch::Tensor& x, KeyValues& past, const torch::Tensor& ancestors,
                            const TokenLayout& layout, const KeyValues& keys, const TextImages& images);
  Attention& cross_attention() { return cross_attention_; }

 private:
  torch::Tensor finish(torch::Tensor y, const TokenLayout& layout, const KeyValues* keys, const TextImages* images,
                       AttentionRecord* record);

  Attention attention_{nullptr}, cross_attention_{nullptr};  // the latter in fusion layers
  torch::nn::Linear up_{nullptr};
  ResidualOutput down_{nullptr};
};
TORCH_MODULE(BertLayer);

class BertImpl : public torch::nn::Module {
 public:
  explicit BertImpl(const BertOptions& options);

  /// The text encoder (of a decoder the embeddings alone): ids [rows] in `layout` -> states [rows, D] after layers 0 ..
  /// fusion_layer-1.
  torch::Tensor encode(const torch::Tensor& ids, const TokenLayout& layout);

  /// Per fusion layer the keys and values of image tokens, `images_per_text` times [I, P, encoder_width]. `mask`: of
  /// padded ones, see KeyValues.
  std::vector<KeyValues> cross_keys(at::TensorList image_tokens, const torch::Tensor& mask = {});

  /// The multimodal encoder: states of the text encoder -> states after the last layer, [rows, D], or [S, D] of the
  /// wanted tokens. `record`: of the cross-attention of one of these layers; in the last it holds the wanted tokens.
  torch::Tensor fuse(const torch::Tensor& text, const TokenLayout& layout, const std::vector<KeyValues>& keys,
                     const TextImages& images, const WantedTokens* wanted = nullptr, AttentionRecord* record = nullptr);

  /// The same of each text's first token, [CLS], alone: [B, D], for a head that reads no other.
  torch::Tensor fuse_first(const torch::Tensor& text, const TokenLayout& layout, const std::vector<KeyValues>& keys,
                           const TextImages& images, AttentionRecord* record = nullptr);

  /// A decoder's new tokens, all at `place` (0-based) of their texts: ids [R] -> states [R, D] after the last layer.
  /// See decoding.h, which keeps `past`, a layer's each.
  torch::Tensor next_tokens(const torch::Tensor& ids, int64_t place, std::vector<KeyValues>& past,
                            const torch::Tensor& ancestors, const TokenLayout& layout,
                            const std::vector<KeyValues>& keys, const TextImages& images);

  const torch::Tensor& word_weight() const { return embeddings_->word_weight(); }
  const BertOptions& options() const { return options_; }

 private:
  BertLayer layer(int64_t i) const { return layers_[static_cast<size_t>(i)]; }

  BertOptions options_;
  BertEmbeddings embeddings_{nullptr};
  std::vector<BertLayer> layers_;
};
TORCH_MODULE(Bert);

/// BERT with its masked-language-modelling head: dense, GELU, LayerNorm, then a decoder tied to the word embeddings.
class TextEncoderImpl : public torch::nn::Module {
 public:
  explicit TextEncoderImpl(const BertOptions& options);
  torch::Tensor mlm_logits(const torch::Tensor& states);  ///< [N, D] -> [N, V]

  Bert bert{nullptr};
  const BertOptions& options() const { return options_; }

 private:
  BertOptions options_;
  torch::Tensor decoder_bias_;  // [V]
  torch::nn::Linear dense_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};
TORCH_MODULE(TextEncoder);

}  // namespace albef
