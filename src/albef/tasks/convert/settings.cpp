#include "albef/tasks/convert/settings.h"

#include <cmath>

#include "albef/base/config.h"
#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/io/pos_embed.h"
#include "albef/tasks/grounding/settings.h"
#include "albef/tasks/nlvr/settings.h"
#include "albef/tasks/pretrain/settings.h"
#include "albef/tasks/retrieval/settings.h"
#include "albef/tasks/ve/settings.h"
#include "albef/tasks/vqa/settings.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr int64_t kWidthOfHead = 64;

/// Sizes of the weights' tensors.
class Shapes {
 public:
  explicit Shapes(const Source& source) : source_(source) {}
  bool has(const std::string& name) const { return source_.checkpoint.model.contains(name); }
  int64_t size(const std::string& name, int64_t dimension) const {
    const auto found = source_.checkpoint.model.find(name);
    if (found == source_.checkpoint.model.end()) fail(source_.where, ": has no ", name, ", which tells a size");
    if (dimension >= found->second.dim() || found->second.size(dimension) < 1) {
      fail(source_.where, ": ", name, " has shape ", shape_text(found->second.sizes()),
           ", of which no size can be told");
    }
    return found->second.size(dimension);
  }

 private:
  const Source& source_;
};

void set(YAML::Node map, const std::string& key, int64_t size) {
  if (map[key].IsDefined() && map[key].as<int64_t>(-1) != size)
    log_warning(key, " is ", size, " in the weights; passed over that the settings say ", printable(map[key].Scalar()));
  map[key] = size;
}

void set_sizes_of_image(YAML::Node map, const Shapes& shapes, const Source& source) {
  const std::string encoder = "visual_encoder.";
  const int64_t patch = shapes.size(encoder + "patch_embed.proj.weight", 2);
  const int64_t grid = pos_embed_grid(shapes.size(encoder + "pos_embed", 1));
  if (grid < 1) fail(source.where, ": ", encoder, "pos_embed is of no square picture");
  set(map, "patch_size", patch);
  set(map, "image_res", grid * patch);
  set(map, "vision_width", shapes.size(encoder + "patch_embed.proj.weight", 0));
  set(map, "vision_depth", source.kind.vision_depth);
  if (shapes.has("vision_proj.weight")) set(map, "embed_dim", shapes.size("vision_proj.weight", 0));
  if (source.kind.is_whole()) set(map, "queue_size", shapes.has("image_queue") ? shapes.size("image_queue", 1) : 0);
}

void set_sizes_of_text(YAML::Node bert, const Shapes& shapes, const Source& source) {
  const std::string encoder = source.kind.is_whole() ? "text_encoder.bert." : "text_encoder.";
  const std::string words = encoder + "embeddings.word_embeddings.weight";
  set(bert, "hidden_size", shapes.size(words, 1));
  set(bert, "vocab_size", shapes.size(words, 0));
  bert["num_hidden_layers"] = source.kind.layers;  // NLVR2's files count them once or twice
  set(bert, "fusion_layer", source.kind.fusion_layer);
  set(bert, "intermediate_size", shapes.size(encoder + "encoder.layer.0.intermediate.dense.weight", 0));
  set(bert, "max_position_embeddings", shapes.size(encoder + "embeddings.position_embeddings.weight", 0));
  set(bert, "type_vocab_size", shapes.size(encoder + "embeddings.token_type_embeddings.weight", 0));
}

/// Heads leave no trace in the weights.
void set_heads(YAML::Node map, YAML::Node bert, bool has_bert_file, const Source& source) {
  const auto check = [&](const char* key, int64_t width) {
    if (width % kWidthOfHead == 0) return;
    fail(source.where, ": the weights do not say how many attention heads there are (width ", width,
         "); give a file of settings with ", key, " (--config)");
  };
  if (map["vision_heads"].as<int64_t>(0) == 0) check("vision_heads", map["vision_width"].as<int64_t>());
  if (has_bert_file || bert["num_attention_heads"].IsDefined()) return;
  check("bert: {num_attention_heads: N}", bert["hidden_size"].as<int64_t>());
  bert["num_attention_heads"] = bert["hidden_size"].as<int64_t>() / kWidthOfHead;
}

/// The configuration in the authors' file, and over it what the user's says.
YAML::Node said(const Source& source, const std::string& config) {
  const OrderedJson theirs = source.authors.is_object() ? source.authors.value("config", OrderedJson()) : OrderedJson();
  YAML::Node map = theirs.is_object() ? parse_yaml(theirs.dump(), source.where + ": its config") : YAML::Node();
  if (!map.IsMap()) map = YAML::Node(YAML::NodeType::Map);
  map["bert_config"] = "";  // a path on the machine where it was saved
  if (map["temp"].IsDefined()) {
    const double temp = map["temp"].as<double>(0);  // where it started; the authors check no bounds
    if (!(temp >= ModelSettings().temp_min && temp <= ModelSettings().temp_max)) map.remove("temp");
  }
  if (config.empty()) return map;
  for (const auto& entry : read_yaml(config)) map[entry.first.as<std::string>()] = entry.second;
  return map;
}

template <class Settings>
std::string text_of(const YAML::Node& map, const std::string& where) {
  const YAML::Node known = YAML::Load(config_text(Settings()));
  YAML::Node mine(YAML::NodeType::Map);
  std::string others;
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (known[key].IsDefined()) {
      mine[key] = entry.second;
    } else {
      others += (others.empty() ? "" : ", ") + printable(key);
    }
  }
  if (!others.empty()) log_info(where, ": passed over what is no setting of this task: ", others);
  return config_text(parse_settings<Settings>(mine, where));
}

}  // namespace

std::string settings_text(const Source& source, const std::string& config) {
  YAML::Node map = said(source, config);
  const std::string where = config.empty() ? source.where : config;
  const Shapes shapes(source);
  set_sizes_of_image(map, shapes, source);
  if (!map["bert"].IsDefined() || !map["bert"].IsMap()) map["bert"] = YAML::Node(YAML::NodeType::Map);
  YAML::Node bert = map["bert"];
  set_sizes_of_text(bert, shapes, source);
  std::error_code ignored;
  const auto file = map["bert_config"].as<std::string>(ModelSettings().bert_config);
  set_heads(map, bert, !file.empty() && fs::exists(file, ignored), source);
  const std::string& task = source.kind.task;
  if (task == "retrieval") return text_of<RetrievalSettings>(map, where);
  if (task == "grounding") return text_of<GroundingSettings>(map, where);
  if (task == "ve") return text_of<VeSettings>(map, where);
  if (task == "nlvr") return text_of<NlvrSettings>(map, where);
  if (task == "pretrain nlvr") return text_of<TextAssignmentSettings>(map, where);
  if (task != "vqa") return text_of<PretrainSettings>(map, where);
  map["decoder_layers"] = source.kind.decoder_layers;
  return text_of<VqaSettings>(map, where);
}

}  // namespace albef
