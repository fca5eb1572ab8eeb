// A checkpoint of ours as the authors' code would have saved it.
#include <algorithm>

#include "albef/base/config.h"
#include "albef/io/pth_writer.h"
#include "albef/tasks/common/layer_names.h"
#include "albef/tasks/convert/optimizer.h"
#include "albef/tasks/convert/source.h"

namespace albef {
namespace {

constexpr int64_t kFormat = 1;

const torch::Tensor* find(const TensorMap& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

/// Fine-tuned encoders are a BertModel there; each table of positions comes with the numbers 0, 1, ...
void add_position_ids(TensorMap& tensors) {
  const std::string ending = "embeddings.position_embeddings.weight";
  TensorMap more;
  for (const auto& [name, tensor] : tensors) {
    if (!name.ends_with(ending)) continue;
    const std::string stem = name.substr(0, name.size() - ending.size());
    more[stem + "embeddings.position_ids"] = torch::arange(tensor.size(0), torch::kLong).unsqueeze(0);
  }
  tensors.merge(more);
}

/// A language model's decoder is the word embeddings and the head's bias under a second name.
void add_tied_decoders(TensorMap& tensors) {
  const std::string ending = "cls.predictions.bias";
  TensorMap more;
  for (const auto& [name, tensor] : tensors) {
    if (!name.ends_with(ending)) continue;
    const std::string stem = name.substr(0, name.size() - ending.size());
    const auto* words = find(tensors, stem + "bert.embeddings.word_embeddings.weight");
    if (!words) continue;
    more[stem + "cls.predictions.decoder.weight"] = *words;
    more[stem + "cls.predictions.decoder.bias"] = tensor;
  }
  tensors.merge(more);
}

/// NLVR2's two layers of a pair share their projections of keys and values: one memory there.
void share_doubled_keys(TensorMap& tensors, const ModelKind& kind) {
  if (!kind.is_doubled()) return;
  for (auto& [name, tensor] : tensors) {
    const auto layer = layer_number(name);
    const bool is_key = name.find(".crossattention.self.key.") != std::string::npos ||
                        name.find(".crossattention.self.value.") != std::string::npos;
    if (!layer || !is_key || (*layer - kind.fusion_layer) % 2 == 0) continue;
    const auto* first = find(tensors, with_layer_number(name, *layer - 1));
    if (first && first->sizes() == tensor.sizes() && torch::equal(*first, tensor)) tensor = *first;
  }
}

PthValue dict_of(const TensorMap& tensors) {
  PthValue::Dict dict;
  for (const auto& [name, tensor] : tensors) dict.push_back(pth_entry(name, {tensor}));
  return {std::move(dict)};
}

/// YAML has no types; a scalar that is written as a number is one.
OrderedJson json_of(const YAML::Node& node) {
  OrderedJson json;
  if (node.IsMap()) {
    json = OrderedJson::object();
    for (const auto& entry : node) json[entry.first.as<std::string>()] = json_of(entry.second);
  } else if (node.IsSequence()) {
    json = OrderedJson::array();
    for (const auto& item : node) json.push_back(json_of(item));
  } else if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    int64_t whole = 0;
    double number = 0;
    if (node.Tag() == "!") {  // in quotes
      json = text;
    } else if (text == "true" || text == "false") {
      json = text == "true";
    } else if (YAML::convert<int64_t>::decode(node, whole)) {
      json = whole;
    } else if (YAML::convert<double>::decode(node, number)) {
      json = number;
    } else {
      json = text;
    }
  }
  return json;
}

YAML::Node settings_in(const OrderedJson& state, const std::string& where) {
  const auto config = state.find("config");
  return config != state.end() && config->is_string() ? parse_yaml(config->get<std::string>(), where) : YAML::Node();
}

AdamWSettings adamw_settings(const YAML::Node& settings) {
  AdamWSettings s;
  if (!settings.IsMap()) return s;
  const YAML::Node optimizer = settings["optimizer"], schedular = settings["schedular"];
  const auto take = [](const YAML::Node& map, const char* key, double& value) {
    if (map.IsDefined() && map.IsMap() && map[key].IsDefined()) value = map[key].as<double>(value);
  };
  take(optimizer, "weight_decay", s.weight_decay);
  take(optimizer, "beta1", s.beta1);
  take(optimizer, "beta2", s.beta2);
  take(optimizer, "eps", s.eps);
  take(schedular, "lr", s.lr);
  return s;
}

PthValue our_part(const Source& source, const TensorMap& model, const TensorMap& training) {
  PthValue::Dict files;
  for (const auto& [name, content] : source.checkpoint.files) files.push_back(pth_entry(name, {content}));
  PthValue::List optimised;
  const std::string beginning = "exp_avg.";
  for (const auto& [name, tensor] : source.checkpoint.training) {
    if (name.starts_with(beginning)) optimised.push_back({name.substr(beginning.size())});
  }
  return {PthValue::Dict{pth_entry("format", {kFormat}), pth_entry("step", {source.step}),
                         pth_entry("state", {source.checkpoint.state.dump()}), pth_entry("files", {std::move(files)}),
                         pth_entry("optimised", {std::move(optimised)}), pth_entry("model", dict_of(model)),
                         pth_entry("training", dict_of(training))}};
}

/// What the file says beside weights and optimiser: as the authors' file said it that ours came from, or our settings
/// and the epoch before the one to go on with, as theirs count.
OrderedJson words_of(const Source& source, const YAML::Node& settings) {
  const auto& state = source.checkpoint.state;
  const OrderedJson said = source.is_ours ? state.value("authors", OrderedJson()) : source.authors;
  if (said.is_object()) return said;
  if (!source.is_ours) return OrderedJson::object();
  const OrderedJson epoch = state.value("epoch", OrderedJson());
  return {{"lr_scheduler", OrderedJson::object()},
          {"config", json_of(settings)},
          {"epoch", (epoch.is_number_integer() ? epoch.get<int64_t>() : 0) - 1}};
}

}  // namespace

PthValue authors_form(const Source& source, bool weights_only) {
  TensorMap model, model_left, training_left;
  for (const auto& [name, tensor] : source.checkpoint.model) {
    const std::string to = authors_name(name, source.kind);
    if (to.empty()) {
      model_left[name] = tensor;
    } else {
      model[to] = tensor;
    }
  }
  share_doubled_keys(model, source.kind);
  add_tied_decoders(model);
  add_position_ids(model);

  const YAML::Node settings = settings_in(source.checkpoint.state, source.where);
  OrderedJson words = words_of(source, settings);
  const OrderedJson groups = words.value("optimizer_groups", OrderedJson());
  words.erase("optimizer_groups");
  const bool has_optimizer = !weights_only && !source.checkpoint.training.empty();
  if (!has_optimizer) words.erase("lr_scheduler");

  PthValue::Dict file = {pth_entry("model", dict_of(model))};
  if (has_optimizer) {
    file.push_back(
        pth_entry("optimizer", authors_optimizer(source.checkpoint.training, source.checkpoint.model, source.kind,
                                                 groups, adamw_settings(settings), training_left)));
  }
  for (const auto& [key, value] : words.items()) file.push_back(pth_entry(key, from_json(value)));
  if (source.is_ours) file.push_back(pth_entry("albef", our_part(source, model_left, training_left)));
  return {std::move(file)};
}

}  // namespace albef
