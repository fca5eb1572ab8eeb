// The part of a configuration that says what the model is, and what its weights start from. The authors' keys keep
// their names; `bert` holds the keys of their config_bert.json.
#pragma once
#include <filesystem>
#include <string>

#include "albef/base/config.h"
#include "albef/model/albef.h"
#include "albef/tasks/common/initial_weights.h"

namespace albef {

template <class Visitor>
void fields(Visitor& v, BertOptions& o) {
  v("hidden_size", o.hidden_size, "width of the text and multimodal encoder", Range{1, 65536});
  v("num_hidden_layers", o.num_hidden_layers, "layers of text and multimodal encoder together", Range{1, 1024});
  v("num_attention_heads", o.num_attention_heads, "heads of every attention", Range{1, 1024});
  v("intermediate_size", o.intermediate_size, "width inside the feed-forward part", Range{1, 1 << 20});
  v("hidden_dropout_prob", o.hidden_dropout_prob, "dropout after dense layers", Range{0, 0.99});
  v("attention_probs_dropout_prob", o.attention_probs_dropout_prob, "dropout on attention probabilities",
    Range{0, 0.99});
  v("layer_norm_eps", o.layer_norm_eps, "epsilon of LayerNorm", Range{0, 1});
  v("vocab_size", o.vocab_size, "rows of the word embeddings; a trained vocabulary sets it", Range{1, 1 << 24});
  v("max_position_embeddings", o.max_position_embeddings, "longest text in tokens", Range{1, 1 << 20});
  v("type_vocab_size", o.type_vocab_size, "token types; only type 0 is used", Range{1, 1024});
  v("pad_token_id", o.pad_token_id, "id of [PAD]", Range{0, 1 << 24});
  v("initializer_range", o.initializer_range, "standard deviation of fresh weights", Range{0, 10});
  v("fusion_layer", o.fusion_layer, "first layer with cross-attention", Range{1, 1024});
}

struct ModelSettings {
  int64_t image_res = 256, patch_size = 16, vision_width = 768, vision_depth = 12, vision_heads = 0;
  double vision_initializer_range = 0.02;
  int64_t embed_dim = 256, queue_size = 65536;
  double temp = 0.07, temp_min = 0.001, temp_max = 0.5, momentum = 0.995;
  std::string bert_config = "configs/config_bert.json";
  BertOptions bert;
  bool id_queue = false;  ///< no key: a task that tells images apart sets it
};

template <class Visitor>
void model_fields(Visitor& v, ModelSettings& o) {
  v("image_res", o.image_res, "side of the square picture in pixels", Range{1, 8192});
  v("patch_size", o.patch_size, "side of a patch in pixels", Range{1, 1024});
  v("vision_width", o.vision_width, "width of the image encoder", Range{1, 65536});
  v("vision_depth", o.vision_depth, "blocks of the image encoder", Range{1, 1024});
  v("vision_heads", o.vision_heads, "heads of the image encoder; 0: width / 64", Range{0, 1024});
  v("vision_initializer_range", o.vision_initializer_range, "standard deviation of its fresh weights", Range{0, 10});
  v("embed_dim", o.embed_dim, "width of the joint space", Range{1, 65536});
  v("queue_size", o.queue_size, "momentum features kept as negatives", Range{0, 1 << 26});
  v("temp", o.temp, "where the learned temperature starts", Range{1e-6, 100});
  v("temp_min", o.temp_min, "the temperature never falls below this; 0: it is not clamped", Range{0, 100});
  v("temp_max", o.temp_max, "nor rises above this", Range{1e-6, 100});
  v("momentum", o.momentum, "of the momentum model's moving average", Range{0, 1});
  v("bert_config", o.bert_config, "JSON file with BERT's sizes; `bert` goes over it; \"\": `bert` alone");
  v("bert", o.bert, "sizes of the text and multimodal encoder");
}

/// Lays the file that `bert_config` names under what is written in `map` (the same YAML), and empties `bert_config`, so
/// that the settings stand on their own. A missing config_bert.json means that of the folder `text_encoder` (Hugging
/// Face's config.json, which says nothing of fusion_layer), or without one BERT-base. Error for a size that
/// does not fit: a width that is no multiple of the heads, an image side that is no multiple of the patch.
void resolve_bert_config(ModelSettings& settings, const YAML::Node& map, const std::string& where,
                         const std::string& text_encoder);

VitOptions vit_options(const ModelSettings& settings);
AlbefOptions albef_options(const ModelSettings& settings, bool momentum_model = true);

/// A model with fresh weights from `seed`, then those that `init` names; logs a table of what came from where.
Albef make_model(const ModelSettings& settings, const InitSettings& init, uint64_t seed);

}  // namespace albef
