#include "albef/tasks/vqa/model.h"

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/tasks/common/layer_names.h"

namespace albef {
namespace {

// Where in the decoder a weight of BERT goes, by its name without "bert."; "" for nowhere.
std::string decoder_name(const std::string& name, const torch::Tensor& tensor, const VqaOptions& options) {
  if (name.starts_with("cls.")) return name;
  const auto number = layer_number(name);
  if (!number) return "bert." + name;
  const int64_t layer = *number - options.text.fusion_layer;
  if (layer < 0 || layer >= options.decoder_layers) return "";
  const bool of_image = name.find(".crossattention.self.key.") != std::string::npos ||
                        name.find(".crossattention.self.value.") != std::string::npos;
  if (of_image && tensor.dim() == 2 && tensor.size(1) != options.text.hidden_size) return "";
  return "bert." + with_layer_number(name, layer);
}

std::string without_bert(const std::string& name) {
  return name.starts_with("bert.") ? name.substr(5) : name;
}

// The decoder's weights out of a whole BERT, for load_bert().
Weights decoder_of_bert(const std::string& path, const VqaOptions& options) {
  const auto bert = read_weights(path);
  Weights decoder{.tensors = {}, .source = bert.source, .note = bert.note};
  for (const auto& [name, tensor] : bert.tensors) {
    const auto to = decoder_name(without_bert(name), tensor, options);
    if (!to.empty()) decoder.tensors.emplace(to, tensor);
  }
  return decoder;
}

}  // namespace

VqaOptions vqa_options(const ModelSettings& settings, int64_t decoder_layers, bool momentum_model) {
  return {.vision = vit_options(settings),
          .text = settings.bert,
          .decoder_layers = decoder_layers,
          .momentum_model = momentum_model};
}

int64_t decoder_layers(const Weights& weights) {
  int64_t layers = 0;
  for (const auto& [name, tensor] : weights.tensors) {
    const auto number = name.starts_with("text_decoder.") ? layer_number(name) : std::nullopt;
    if (number) layers = std::max(layers, *number + 1);
  }
  return layers;
}

void make_decoder_weights(Weights& weights, const VqaOptions& options) {
  if (const int64_t layers = decoder_layers(weights); layers > 0) {
    if (layers == options.decoder_layers) return;
    fail(weights.source, ": has a decoder of ", layers, " layers, but decoder_layers is ", options.decoder_layers,
         "; set decoder_layers=", layers);
  }
  TensorMap made;
  for (const auto& [name, tensor] : weights.tensors) {
    for (const std::string end : {".", "_m."}) {
      const auto encoder = "text_encoder" + end;
      if (!name.starts_with(encoder)) continue;
      const auto to = decoder_name(without_bert(name.substr(encoder.size())), tensor, options);
      if (!to.empty()) made.emplace("text_decoder" + end + to, tensor);
    }
  }
  if (made.empty()) return;
  std::erase_if(weights.tensors, [](const auto& entry) {
    return entry.first.starts_with("text_encoder.cls.") || entry.first.starts_with("text_encoder_m.cls.");
  });
  weights.tensors.merge(made);
  weights.note += str(weights.note.empty() ? "" : "; ", "the decoder's are the multimodal layers'");
}

Vqa make_vqa(const VqaSettings& settings, const InitSettings& init) {
  const bool distill = settings.distillation.distill;
  const auto options = vqa_options(settings.common.model, settings.decoder_layers, distill);
  Vqa model(options);
  model->initialise(static_cast<uint64_t>(settings.common.run.seed));
  InitRules rules = {.passed_over = parts_of_pretraining(),
                     .rename = [&](Weights& weights) { make_decoder_weights(weights, options); }};
  if (!distill) rules.passed_over.insert(rules.passed_over.end(), kVqaMomentumParts.begin(), kVqaMomentumParts.end());
  if (!init.text_encoder.empty()) {
    const auto decoder = decoder_of_bert(init.text_encoder, options);
    log_info(load_bert(*model, "text_decoder.", decoder, {.allow = init.allow}).table());
  }
  load_initial_weights(*model, init, rules,
                       distill ? std::function<void()>([&] { model->copy_to_momentum(); }) : nullptr);
  return model;
}

LoadedVqa load_vqa(const LoadModelOptions& options) {
  auto opened = open_checkpoint(options, VqaSettings().common);
  if (!opened.task.empty() && opened.task != "vqa") {
    fail(opened.path, ": is a checkpoint of `", opened.task,
         "`, which has no answer decoder; expected one of `albef train vqa`");
  }
  VqaSettings settings;
  ConfigReader reader(opened.map, opened.where);
  vqa_fields(reader, settings);
  settings.common = std::move(opened.settings);
  set_roots(settings);
  const auto weights = read_weights(opened.path);
  settings.decoder_layers = decoder_layers(weights);
  if (settings.decoder_layers == 0)
    fail(opened.path, ": has no text_decoder; expected a checkpoint of `albef train vqa`");
  Vqa model(vqa_options(settings.common.model, settings.decoder_layers, options.momentum));
  LoadOptions allow{.allow = settings.common.init.allow};
  if (!options.momentum) allow.allow.insert(allow.allow.end(), kVqaMomentumParts.begin(), kVqaMomentumParts.end());
  const auto report = load_authors(*model, weights, allow);
  log_info(report.table());
  check_complete(report, [&](const std::string& name) -> std::string {
    const bool of_momentum = name.substr(0, name.find('.')).ends_with("_m");
    if (of_momentum != options.momentum) return "";
    if (of_momentum) return "the momentum weights were asked for: take --weights student, or a file that has them";
    return "expected a checkpoint of `albef train vqa`, and --config that of its model";
  });
  model->place(opened.device);
  model->eval();
  auto& parts = options.momentum ? model->momentum : model->online;
  return {model, std::move(opened.tokenizer), std::move(settings), opened.device, opened.compute, parts};
}

}  // namespace albef
