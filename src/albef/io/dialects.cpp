#include "albef/io/dialects.h"

#include <algorithm>

#include "albef/base/error.h"

namespace albef {
namespace {

struct Rule {
  const char *from, *to;
};

constexpr char kWrapper[] = "albef_model.";

// TorchMultimodal's image encoder is torchvision's ViT within a feature extractor. Its text encoder and its multimodal
// encoder name the parts of a layer alike. Feed-forward parts count dropout where there is any.
constexpr Rule kImage[] = {{"encoder.class_token", "cls_token"},
                           {"encoder.conv_proj.", "patch_embed.proj."},
                           {"encoder.encoder.pos_embedding", "pos_embed"},
                           {"encoder.encoder.layers.encoder_layer_", "blocks."},
                           {"encoder.encoder.ln.", "norm."},
                           {".ln_1.", ".norm1."},
                           {".ln_2.", ".norm2."},
                           {".self_attention.in_proj_", ".attn.qkv."},
                           {".self_attention.out_proj.", ".attn.proj."},
                           {".mlp.0.", ".mlp.fc1."},
                           {".mlp.3.", ".mlp.fc2."},
                           {".mlp.linear_1.", ".mlp.fc1."},
                           {".mlp.linear_2.", ".mlp.fc2."}};
constexpr Rule kText[] = {{"embeddings.layer_norm.", "embeddings.LayerNorm."},
                          {".cross_attention.output.", ".crossattention.output.dense."},
                          {".cross_attention_layernorm.", ".crossattention.output.LayerNorm."},
                          {".cross_attention.", ".crossattention.self."},
                          {".attention.output.", ".attention.output.dense."},
                          {".attention_layernorm.", ".attention.output.LayerNorm."},
                          {".attention.query.", ".attention.self.query."},
                          {".attention.key.", ".attention.self.key."},
                          {".attention.value.", ".attention.self.value."},
                          {".feedforward.model.0.", ".intermediate.dense."},
                          {".feedforward.model.2.", ".output.dense."},
                          {".feedforward.model.3.", ".output.dense."},
                          {".feedforward_layernorm.", ".output.LayerNorm."}};

template <size_t N>
std::string replaced(std::string name, const Rule (&rules)[N]) {
  for (const Rule& rule : rules) {
    const std::string from = rule.from;
    if (const size_t at = name.find(from); at != std::string::npos) name.replace(at, from.size(), rule.to);
  }
  return name;
}

/// The digits at the beginning of `text`, and what follows.
std::pair<int64_t, std::string> leading_number(const std::string& text) {
  const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > 6) return {-1, text};
  return {std::stoll(text.substr(0, end)), text.substr(end)};
}

std::string unwrapped(const std::string& name) {
  return name.starts_with(kWrapper) ? name.substr(sizeof kWrapper - 1) : name;
}

/// Layers of the text encoder, from which the multimodal ones count on.
int64_t text_layers(const TensorMap& tensors) {
  const std::string beginning = "text_encoder.encoder.layer.";
  int64_t layers = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::string bare = unwrapped(name);
    if (bare.starts_with(beginning)) layers = std::max(layers, leading_number(bare.substr(beginning.size())).first + 1);
  }
  return layers;
}

/// The authors' name; the same name if it is of no encoder.
std::string authors_name(const std::string& name, int64_t first_fusion_layer, const std::string& source) {
  const std::string bare = unwrapped(name);
  for (const std::string suffix : {".", "_m."}) {
    if (bare.starts_with("vision_encoder" + suffix))
      return "visual_encoder" + suffix + replaced(bare.substr(14 + suffix.size()), kImage);
    if (bare.starts_with("text_encoder" + suffix)) return replaced(bare, kText);
    const std::string fusion = "multimodal_encoder" + suffix + "layer.";
    if (!bare.starts_with(fusion)) continue;
    const auto [layer, rest] = leading_number(bare.substr(fusion.size()));
    if (layer < 0) fail(source, ": tensor ", printable(name), " is of no layer of TorchMultimodal's");
    return replaced(str("text_encoder", suffix, "encoder.layer.", first_fusion_layer + layer, rest), kText);
  }
  return bare;
}

}  // namespace

void translate_dialect(Weights& weights) {
  const bool is_theirs = std::any_of(weights.tensors.begin(), weights.tensors.end(), [](const auto& entry) {
    return unwrapped(entry.first).starts_with("vision_encoder.encoder.encoder.layers.encoder_layer_");
  });
  if (!is_theirs) return;
  const int64_t first_fusion_layer = text_layers(weights.tensors);
  TensorMap renamed;
  for (auto& [name, tensor] : weights.tensors) {
    const std::string theirs = authors_name(name, first_fusion_layer, weights.source);
    if (!renamed.emplace(theirs, std::move(tensor)).second)
      fail(weights.source, ": two tensors are for ", printable(theirs), ", the second is ", printable(name));
  }
  weights.tensors = std::move(renamed);
  weights.note += str(weights.note.empty() ? "" : "; ", "TorchMultimodal's names, read as the authors'");
}

}  // namespace albef
