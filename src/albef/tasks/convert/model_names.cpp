#include "albef/tasks/convert/model_names.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/tasks/common/classifier_model.h"
#include "albef/tasks/common/layer_names.h"
#include "albef/tasks/nlvr/model.h"
#include "albef/tasks/nlvr/text_assignment.h"
#include "albef/tasks/ve/task.h"
#include "albef/tasks/vqa/model.h"
#include "albef/train/adamw.h"

namespace albef {
namespace {

bool is_text(const std::string& name) {
  return name.starts_with("text_encoder.");
}

/// "text_encoder." or "text_encoder_m." of a name that begins so; "" of others.
std::string text_encoder_of(const std::string& name) {
  for (const char* encoder : {"text_encoder.", "text_encoder_m."}) {
    if (name.starts_with(encoder)) return encoder;
  }
  return "";
}

int64_t vision_depth(const TensorMap& tensors) {
  const std::string blocks = "visual_encoder.blocks.";
  int64_t depth = 0;
  while (tensors.contains(str(blocks, depth, ".norm1.weight"))) ++depth;
  return depth;
}

bool has_any(const TensorMap& tensors, const std::string& beginning) {
  const auto found = tensors.lower_bound(beginning);
  return found != tensors.end() && found->first.starts_with(beginning);
}

std::string task_by_heads(const TensorMap& tensors) {
  if (has_any(tensors, "text_decoder.")) return "vqa";
  if (has_any(tensors, "ta_head.")) return "pretrain nlvr";
  if (const auto head = tensors.find("cls_head.2.weight"); head != tensors.end())
    return head->second.dim() == 2 && head->second.size(0) == 2 ? "nlvr" : "ve";
  const bool has_mlm = has_any(tensors, "text_encoder.cls.");
  return tensors.contains("idx_queue") || !has_mlm ? "retrieval" : "pretrain";
}

/// A model of this kind of the smallest sizes: the names are the same.
std::shared_ptr<torch::nn::Module> smallest_model(const ModelKind& kind) {
  ModelSettings s;
  s.image_res = s.patch_size = s.vision_width = s.vision_heads = s.embed_dim = s.queue_size = 1;
  s.vision_depth = kind.vision_depth;
  s.bert = {.hidden_size = 1,
            .num_hidden_layers = kind.layers,
            .num_attention_heads = 1,
            .intermediate_size = 1,
            .vocab_size = 1,
            .max_position_embeddings = 1,
            .type_vocab_size = 1,
            .fusion_layer = kind.fusion_layer,
            .encoder_width = 1};
  s.id_queue = kind.task != "pretrain";
  if (kind.task == "ve") return Classifier(classifier_options(s, kVe, /*momentum_model=*/true)).ptr();
  if (kind.task == "nlvr") return Classifier(classifier_options(s, kNlvr, /*momentum_model=*/true)).ptr();
  if (kind.task == "pretrain nlvr") return TextAssigner(text_assigner_options(s)).ptr();
  if (kind.task == "vqa") return Vqa(vqa_options(s, kind.decoder_layers, /*momentum_model=*/true)).ptr();
  return Albef(albef_options(s)).ptr();
}

}  // namespace

ModelKind kind_of(const TensorMap& tensors, const std::string& task, const std::string& where) {
  ModelKind kind{.task = task.empty() ? task_by_heads(tensors) : task, .vision_depth = vision_depth(tensors)};
  int64_t layers = 0, first = 1 << 20;
  for (const auto& [name, tensor] : tensors) {
    const auto number = layer_number(name);
    if (number && name.starts_with("text_decoder.")) kind.decoder_layers = std::max(kind.decoder_layers, *number + 1);
    if (!number || !is_text(name)) continue;
    layers = std::max(layers, *number + 1);
    if (name.find(".crossattention.") != std::string::npos) first = std::min(first, *number);
  }
  const char* missing = kind.vision_depth == 0 ? "visual_encoder.blocks.0.norm1.weight"
                        : layers == 0          ? "text_encoder.encoder.layer.0"
                        : first >= layers      ? "text_encoder.encoder.layer.N.crossattention"
                                               : nullptr;
  if (missing) fail(where, ": is no ALBEF: it has no ", missing, "; expected one whole model under the authors' names");
  if (first == 0) fail(where, ": its text encoder attends to pictures from layer 0 on; expected some layers of text");
  kind.fusion_layer = first;
  kind.layers = kind.is_doubled() ? first + (layers - first) / 2 : layers;
  return kind;
}

std::set<std::string> model_names(const ModelKind& kind) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : model_weights(*smallest_model(kind))) names.insert(name);
  return names;
}

std::vector<std::string> optimised_names(const ModelKind& kind) {
  return AdamW(*smallest_model(kind), {}).names_in_reference_order();
}

std::string our_name(const std::string& authors, const ModelKind& kind) {
  const std::string encoder = text_encoder_of(authors);
  if (encoder.empty()) return authors;
  std::string rest = authors.substr(encoder.size());
  if (rest.starts_with("bert.")) rest.erase(0, 5);
  const bool needs_bert = kind.is_whole() && !rest.starts_with("cls.");
  return encoder + (needs_bert ? "bert." : "") + rest;
}

std::string authors_name(const std::string& ours, const ModelKind& kind) {
  const std::string encoder = text_encoder_of(ours);
  if (kind.task == "pretrain" || encoder.empty()) return ours;
  const std::string rest = ours.substr(encoder.size());
  if (rest.starts_with("cls.")) return "";
  return encoder + (rest.starts_with("bert.") ? rest.substr(5) : rest);
}

}  // namespace albef
