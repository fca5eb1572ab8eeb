#include "albef/model/bert.h"

#include "albef/model/dropout.h"
#include "albef/model/group.h"

namespace albef {
namespace {

torch::nn::LayerNorm layer_norm(const BertOptions& options) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({options.hidden_size}).eps(options.layer_norm_eps));
}

torch::Tensor table(torch::nn::Module& owner, const char* name, int64_t rows, int64_t width) {
  return owner.register_module(name, group())->register_parameter("weight", torch::zeros({rows, width}));
}

}  // namespace

BertEmbeddingsImpl::BertEmbeddingsImpl(const BertOptions& options) : options_(options) {
  word_ = table(*this, "word_embeddings", options.vocab_size, options.hidden_size);
  position_ = table(*this, "position_embeddings", options.max_position_embeddings, options.hidden_size);
  type_ = table(*this, "token_type_embeddings", options.type_vocab_size, options.hidden_size);
  norm_ = register_module("LayerNorm", layer_norm(options));
}

torch::Tensor BertEmbeddingsImpl::forward(const torch::Tensor& ids, const torch::Tensor& positions) {
  const auto words = torch::embedding(word_, ids, options_.pad_token_id);
  const auto sum = words + type_[0] + torch::embedding(position_, positions);
  return dropout(norm_(sum), is_training() ? options_.hidden_dropout_prob : 0.0);
}

BertLayerImpl::BertLayerImpl(const BertOptions& o, bool fusion) {
  AttentionOptions attention{.width = o.hidden_size,
                             .key_width = o.hidden_size,
                             .heads = o.num_attention_heads,
                             .attention_dropout = o.attention_probs_dropout_prob,
                             .dropout = o.hidden_dropout_prob,
                             .norm_eps = o.layer_norm_eps};
  attention_ = register_module("attention", Attention(attention));
  if (fusion) {
    attention.key_width = o.encoder_width;
    cross_attention_ = register_module("crossattention", Attention(attention));
  }
  up_ = register_module("intermediate", group())
            ->register_module("dense", torch::nn::Linear(o.hidden_size, o.intermediate_size));
  down_ = register_module("output",
                          ResidualOutput(o.intermediate_size, o.hidden_size, o.hidden_dropout_prob, o.layer_norm_eps));
}

torch::Tensor BertLayerImpl::forward(const torch::Tensor& x, const TokenLayout& layout, const WantedTokens* wanted,
                                     const KeyValues* keys, const TextImages* images, AttentionRecord* record) {
  const TokenLayout& wanted_layout = wanted ? wanted->layout : layout;
  const auto queries = wanted ? select_rows(x, wanted->rows, wanted->layout.tokens()) : x;
  return finish(attention_->self_attention(queries, wanted_layout, x, layout), wanted_layout, keys, images, record);
}

torch::Tensor BertLayerImpl::next_tokens(const torch::Tensor& x, KeyValues& past, const torch::Tensor& ancestors,
                                         const TokenLayout& layout, const KeyValues& keys, const TextImages& images) {
  return finish(attention_->next_tokens(x, past, ancestors), layout, &keys, &images, nullptr);
}

// Once words have attended to words.
torch::Tensor BertLayerImpl::finish(torch::Tensor y, const TokenLayout& layout, const KeyValues* keys,
                                    const TextImages* images, AttentionRecord* record) {
  if (cross_attention_)
    y = cross_attention_->cross_attention(y, layout, *keys, *images, record);  // words attend to patches
  return down_(torch::gelu(up_(y)), y);
}

BertImpl::BertImpl(const BertOptions& options) : options_(options) {
  TORCH_CHECK(0 <= options.fusion_layer && options.fusion_layer < options.num_hidden_layers, "BERT: fusion_layer ",
              options.fusion_layer, " is not within 0..", options.num_hidden_layers - 1, " (num_hidden_layers - 1)");
  const int64_t images = options.images_per_text, fusion_layers = options.num_hidden_layers - options.fusion_layer;
  TORCH_CHECK(images >= 1 && fusion_layers % images == 0, "BERT: ", fusion_layers, " fusion layers for ", images,
              " images");
  embeddings_ = register_module("embeddings", BertEmbeddings(options));
  const auto list = register_module("encoder", group())->register_module("layer", torch::nn::ModuleList());
  for (int64_t i = 0; i < options.num_hidden_layers; ++i) {
    layers_.emplace_back(options, /*fusion=*/i >= options.fusion_layer);
    list->push_back(layers_.back());
    const int64_t image = (i - options.fusion_layer) % images;
    if (image > 0) layers_.back()->cross_attention()->share_keys(*layer(i - image)->cross_attention());
  }
}

torch::Tensor BertImpl::encode(const torch::Tensor& ids, const TokenLayout& layout) {
  TORCH_CHECK(layout.longest() <= options_.max_position_embeddings, "BERT: a text of ", layout.longest(),
              " tokens, but positions for ", options_.max_position_embeddings);
  auto x = embeddings_(ids, layout.positions(ids.device()));
  for (int64_t i = 0; i < options_.fusion_layer; ++i) x = layer(i)->forward(x, layout, nullptr, nullptr, nullptr);
  return x;
}

std::vector<KeyValues> BertImpl::cross_keys(at::TensorList image_tokens, const torch::Tensor& mask) {
  TORCH_CHECK(std::ssize(image_tokens) == options_.images_per_text, "BERT: tokens of ", image_tokens.size(),
              " images, expected ", options_.images_per_text);
  std::vector<KeyValues> keys;
  for (int64_t i = options_.fusion_layer; i < options_.num_hidden_layers; ++i) {
    const auto image = static_cast<size_t>((i - options_.fusion_layer) % options_.images_per_text);
    keys.push_back(layer(i)->cross_attention()->cross_keys(image_tokens[image], mask));
  }
  return keys;
}

torch::Tensor BertImpl::fuse(const torch::Tensor& text, const TokenLayout& layout, const std::vector<KeyValues>& keys,
                             const TextImages& images, const WantedTokens* wanted, AttentionRecord* record) {
  auto x = text;
  for (int64_t i = options_.fusion_layer; i < options_.num_hidden_layers; ++i) {
    const KeyValues& image = keys.at(static_cast<size_t>(i - options_.fusion_layer));
    const bool narrow = wanted && i + 1 == options_.num_hidden_layers;
    const torch::AutoGradMode gradients(torch::GradMode::is_enabled() && (!record || i >= record->layer));
    x = layer(i)->forward(x, layout, narrow ? wanted : nullptr, &image, &images,
                          record && i == record->layer ? record : nullptr);
  }
  return x;
}

torch::Tensor BertImpl::fuse_first(const torch::Tensor& text, const TokenLayout& layout,
                                   const std::vector<KeyValues>& keys, const TextImages& images,
                                   AttentionRecord* record) {
  const WantedTokens first = {layout.first_rows(text.device()), TokenLayout::padded(layout.batch(), 1)};
  return fuse(text, layout, keys, images, &first, record);
}

torch::Tensor BertImpl::next_tokens(const torch::Tensor& ids, int64_t place, std::vector<KeyValues>& past,
                                    const torch::Tensor& ancestors, const TokenLayout& layout,
                                    const std::vector<KeyValues>& keys, const TextImages& images) {
  TORCH_CHECK(options_.fusion_layer == 0, "BERT: next_tokens() is a decoder's, which has no text encoder");
  TORCH_CHECK(place < options_.max_position_embeddings, "BERT: token ", place, " has no position, there are ",
              options_.max_position_embeddings);
  past.resize(layers_.size());
  auto x = embeddings_(ids, torch::full_like(ids, place));
  for (size_t i = 0; i < layers_.size(); ++i)
    x = layers_[i]->next_tokens(x, past[i], ancestors, layout, keys.at(i), images);
  return x;
}

TextEncoderImpl::TextEncoderImpl(const BertOptions& options) : options_(options) {
  bert = register_module("bert", Bert(options));
  const auto predictions = register_module("cls", group())->register_module("predictions", group());
  decoder_bias_ = predictions->register_parameter("bias", torch::zeros({options.vocab_size}));
  const auto transform = predictions->register_module("transform", group());
  dense_ = transform->register_module("dense", torch::nn::Linear(options.hidden_size, options.hidden_size));
  norm_ = transform->register_module("LayerNorm", layer_norm(options));
}

torch::Tensor TextEncoderImpl::mlm_logits(const torch::Tensor& states) {
  return torch::linear(norm_(torch::gelu(dense_(states))), bert->word_weight(), decoder_bias_);
}

}  // namespace albef
