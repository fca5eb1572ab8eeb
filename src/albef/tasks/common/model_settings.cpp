#include "albef/tasks/common/model_settings.h"

#include <cmath>

#include "albef/base/error.h"
#include "albef/base/json.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// A BERT configuration of Hugging Face's, of whose keys we take those that we have; the rest says nothing about shapes.
void read_bert_json(const fs::path& path, const ModelSettings& settings, BertOptions& bert) {
  const Json json = read_json(path);
  if (!json.is_object()) fail(path.string(), ": is ", json_kind(json), ", expected an object of BERT's sizes");
  const YAML::Node known = YAML::Load(config_text(bert));
  YAML::Node found(YAML::NodeType::Map);
  for (const auto& [key, value] : json.items()) {
    if (!known[key].IsDefined()) continue;
    if (value.is_number_float() && !std::isfinite(value.get<double>()))  // which would be written as null
      fail(path.string(), ": ", key, " is no finite number");
    found[key] = value.dump();
  }
  read_config(found, path.string(), bert);
  if (json.contains("hidden_act") && json.at("hidden_act") != "gelu")
    fail(path.string(), ": hidden_act is ", json.at("hidden_act").dump(), ", only gelu is known");
  if (json.contains("encoder_width") && json.at("encoder_width") != settings.vision_width) {
    fail(path.string(), ": encoder_width is ", json.at("encoder_width").dump(), ", but vision_width is ",
         settings.vision_width, "; they must be equal");
  }
}

void check_sizes(const ModelSettings& s) {
  const auto vision_heads = vit_options(s).heads;
  if (s.image_res % s.patch_size != 0) fail("image_res ", s.image_res, " is no multiple of patch_size ", s.patch_size);
  if (vision_heads < 1 || s.vision_width % vision_heads != 0)
    fail("vision_width ", s.vision_width, " is no multiple of vision_heads ", vision_heads);
  if (s.bert.hidden_size % s.bert.num_attention_heads != 0) {
    fail("bert.hidden_size ", s.bert.hidden_size, " is no multiple of bert.num_attention_heads ",
         s.bert.num_attention_heads);
  }
  if (s.bert.fusion_layer >= s.bert.num_hidden_layers) {
    fail("bert.fusion_layer ", s.bert.fusion_layer, " leaves no fusion layer of bert.num_hidden_layers ",
         s.bert.num_hidden_layers, "; expected a smaller one");
  }
  if (s.temp_min > s.temp_max) fail("temp_min ", s.temp_min, " is above temp_max ", s.temp_max);
  if (s.temp < s.temp_min || s.temp > s.temp_max)
    fail("temp ", s.temp, " is not between temp_min ", s.temp_min, " and temp_max ", s.temp_max);
  if (s.bert.pad_token_id >= s.bert.vocab_size)
    fail("bert.pad_token_id ", s.bert.pad_token_id, " is no token of bert.vocab_size ", s.bert.vocab_size);
}

}  // namespace

void resolve_bert_config(ModelSettings& settings, const YAML::Node& map, const std::string& where,
                         const std::string& text_encoder) {
  fs::path path = settings.bert_config;
  if (!path.empty() && !fs::exists(path) && path.filename() == "config_bert.json") {
    path = !text_encoder.empty() && fs::exists(fs::path(text_encoder) / "config.json")
               ? fs::path(text_encoder) / "config.json"
               : fs::path();
  }
  if (!path.empty()) {
    read_bert_json(path, settings, settings.bert);
    const YAML::Node inline_bert = map["bert"];
    if (inline_bert.IsDefined() && inline_bert.IsMap()) read_config(inline_bert, where, settings.bert);
  }
  settings.bert_config.clear();
  settings.bert.encoder_width = settings.vision_width;
  check_sizes(settings);
}

VitOptions vit_options(const ModelSettings& s) {
  return {.image_res = s.image_res,
          .patch_size = s.patch_size,
          .width = s.vision_width,
          .depth = s.vision_depth,
          .heads = s.vision_heads > 0 ? s.vision_heads : s.vision_width / 64,
          .initializer_range = s.vision_initializer_range};
}

AlbefOptions albef_options(const ModelSettings& s, bool momentum_model) {
  AlbefOptions o;
  o.vision = vit_options(s);
  o.text = s.bert;
  o.text.encoder_width = s.vision_width;
  o.embed_dim = s.embed_dim;
  o.queue_size = s.queue_size;
  o.temp = s.temp;
  o.temp_min = s.temp_min;
  o.temp_max = s.temp_max;
  o.id_queue = s.id_queue;
  o.momentum_model = momentum_model;
  return o;
}

Albef make_model(const ModelSettings& settings, const InitSettings& init, uint64_t seed) {
  Albef model(albef_options(settings));
  model->initialise(seed);
  load_initial_weights(*model, init, {}, [&] { model->copy_to_momentum(); });
  const torch::NoGradGuard no_grad;
  if (model->queue.ids.defined()) model->queue.ids.fill_(FeatureQueue::kNoId);  // the file's are another list's
  return model;
}

}  // namespace albef
