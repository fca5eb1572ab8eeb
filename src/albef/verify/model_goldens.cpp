#include "albef/verify/model_goldens.h"

#include <set>

#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/io/weights.h"
#include "albef/tasks/common/model_settings.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

Json metadata(const TensorFile& file, const std::string& key, const std::string& where) {
  const auto found = file.metadata.find(key);
  return found == file.metadata.end() ? Json() : parse_json(found->second, where + ": " + key);
}

// The number of heads stands in no tensor's shape. Where a golden does not tell it of its ViT, another of the folder
// may, of one of the same sizes; else it is BERT's, as in every published configuration.
int64_t vision_heads(const GoldenFile& golden, const VitOptions& vit) {
  const auto where = golden.weights_path.string();
  if (const auto own = metadata(golden.file, "vit", where); own.is_object()) return own.at("num_heads").get<int64_t>();
  std::set<int64_t> found;
  for (const auto& entry : fs::directory_iterator(golden.weights_path.parent_path())) {
    if (entry.path().extension() != ".safetensors") continue;
    const auto other = read_safetensors_metadata(entry.path());
    const auto said = other.find("vit");
    if (said == other.end()) continue;
    const auto sizes = parse_json(said->second, entry.path().string());
    if (sizes.value("embed_dim", int64_t{-1}) == vit.width && sizes.value("depth", int64_t{-1}) == vit.depth &&
        sizes.value("patch_size", int64_t{-1}) == vit.patch_size)
      found.insert(sizes.at("num_heads").get<int64_t>());
  }
  const auto of_bert = golden.bert.at("num_attention_heads").get<int64_t>();
  return found.size() == 1 ? *found.begin() : of_bert;
}

Json bert_sizes(const fs::path& folder, const TensorFile& file, const Json& config, const std::string& where) {
  if (const auto bert = metadata(file, "bert", where); bert.is_object()) return bert;
  return read_json(folder / config.at("bert_config").get<std::string>());
}

TensorMap by_name(const torch::OrderedDict<std::string, torch::Tensor>& items) {
  TensorMap map;
  for (const auto& item : items) map.emplace(item.key(), item.value());
  return map;
}

// Ours for a name in the authors' state: `bert.` is optional on either side, the decoder is tied.
const torch::Tensor* find_ours(const TensorMap& ours, std::string name) {
  for (const std::string encoder : {"text_encoder.", "text_encoder_m."}) {
    if (name == encoder + "cls.predictions.decoder.weight") name = encoder + "bert.embeddings.word_embeddings.weight";
    if (name == encoder + "cls.predictions.decoder.bias") name = encoder + "cls.predictions.bias";
    auto found = ours.find(name);
    if (found == ours.end() && name.starts_with(encoder)) {
      const bool has = name.compare(encoder.size(), 5, "bert.") == 0;
      found =
          ours.find(has ? encoder + name.substr(encoder.size() + 5) : encoder + "bert." + name.substr(encoder.size()));
    }
    if (found != ours.end()) return &found->second;
  }
  return nullptr;
}

bool is_key_bias(const std::string& name) {
  return name.ends_with(".self.key.bias");
}
bool is_qkv_bias(const std::string& name) {
  return name.ends_with(".attn.qkv.bias");
}

}  // namespace

std::vector<int64_t> numbers(const torch::Tensor& tensor) {
  const auto flat = tensor.contiguous();
  return {flat.const_data_ptr<int64_t>(), flat.const_data_ptr<int64_t>() + flat.numel()};
}

const torch::Tensor& GoldenFile::at(const std::string& key) const {
  const auto found = file.tensors.find(key);
  if (found == file.tensors.end()) fail(name, ": has no tensor ", key);
  return found->second;
}

GoldenFile read_golden_file(const fs::path& path) {
  GoldenFile golden;
  golden.name = path.filename();
  golden.file = read_safetensors(path);
  const auto where = path.string();
  try {
    const Json checkpoint = metadata(golden.file, "checkpoint", where);
    golden.weights_path = path;
    golden.weights_path.replace_extension(".pth");
    if (checkpoint.is_string()) golden.weights_path.replace_filename(checkpoint.get<std::string>());
    golden.config = metadata(golden.file, "config", where);
    if (!golden.config.is_object()) fail(where, ": its metadata hold no config");
    golden.bert = bert_sizes(path.parent_path(), golden.file, golden.config, where);
  } catch (const Json::exception& error) {
    fail(where, ": its settings cannot be read: ", error.what());
  }
  return golden;
}

VitOptions golden_vit(const GoldenFile& golden, const TensorMap& weights) {
  VitOptions o;
  const auto& patches = weights.at("visual_encoder.patch_embed.proj.weight");
  o.image_res = golden.config.at("image_res").get<int64_t>();
  o.width = patches.size(0);
  o.patch_size = patches.size(2);
  o.depth = 0;
  while (weights.contains(str("visual_encoder.blocks.", o.depth, ".norm1.weight"))) ++o.depth;
  o.mlp_ratio = weights.at("visual_encoder.blocks.0.mlp.fc1.weight").size(0) / o.width;
  o.heads = vision_heads(golden, o);
  return o;
}

// The authors' NLVR2 builds 18 layers whatever the file says, so layers are counted.
BertOptions golden_bert(const GoldenFile& golden, const TensorMap& weights) {
  BertOptions o;
  ConfigReader reader(YAML::Load(golden.bert.dump()), golden.name);
  fields(reader, o);
  o.encoder_width = golden.bert.value("encoder_width", o.encoder_width);
  const auto has_layer = [&](const char* encoder, int64_t layer) {
    return weights.contains(str(encoder, "encoder.layer.", layer, ".output.dense.weight"));
  };
  o.num_hidden_layers = 0;
  while (has_layer("text_encoder.", o.num_hidden_layers) || has_layer("text_encoder.bert.", o.num_hidden_layers))
    ++o.num_hidden_layers;
  return o;
}

Albef golden_albef(const GoldenFile& golden) {
  const auto weights = read_weights(golden.weights_path);
  AlbefOptions o;
  o.text = golden_bert(golden, weights.tensors);
  o.vision = golden_vit(golden, weights.tensors);
  o.embed_dim = golden.config.value("embed_dim", o.embed_dim);
  o.queue_size = golden.config.value("queue_size", o.queue_size);
  o.temp = golden.config.value("temp", o.temp);
  o.id_queue = weights.tensors.contains("idx_queue");
  if (o.id_queue) o.temp_min = 0;  // retrieval's, which is not clamped
  Albef model(o);
  model->initialise(0);
  load_authors(*model, weights);
  return model;
}

ModelGolden read_model_golden(const fs::path& path) {
  ModelGolden golden{read_golden_file(path)};
  const auto where = path.string();
  try {
    const Json adamw = metadata(golden.file, "adamw", where);
    golden.momentum = golden.config.value("momentum", 0.995);
    golden.lr = adamw.at("lr").get<double>();
    golden.weight_decay = adamw.at("weight_decay").get<double>();
    golden.steps = adamw.at("steps").get<int64_t>();
    golden.model = golden_albef(golden);
  } catch (const Json::exception& error) {
    fail(where, ": its settings cannot be read: ", error.what());
  } catch (const std::out_of_range&) {
    fail(where, ": the weights beside it are not ALBEF's");
  }
  return golden;
}

TextBatch recorded_texts(const GoldenFile& golden, const std::string& prefix) {
  const auto& ids = golden.at(prefix + "input_ids");
  return {.size = ids.size(0),
          .length = ids.size(1),
          .ids = numbers(ids),
          .lengths = numbers(golden.at(prefix + "attention_mask").sum(1))};
}

PairBatch recorded_batch(const ModelGolden& golden, const std::string& prefix) {
  PairBatch batch;
  batch.pixels = golden.at(prefix + "image");
  batch.texts = recorded_texts(golden, prefix);
  batch.image_ids = numbers(golden.has(prefix + "idx") ? golden.at(prefix + "idx") : torch::arange(batch.texts.size));
  return batch;
}

MaskedTexts recorded_masks(const ModelGolden& golden, const std::string& prefix) {
  MaskedTexts masked{.texts = recorded_batch(golden, prefix).texts, .places = {}, .labels = {}};
  masked.texts.ids = numbers(golden.at(prefix + "masked_ids"));
  const auto labels = numbers(golden.at(prefix + "labels"));
  for (auto label = labels.begin(); label != labels.end(); label += masked.texts.length) {
    masked.places.emplace_back();
    for (int64_t t = 0; t < masked.texts.length; ++t) {
      if (label[t] < 0) continue;
      masked.places.back().push_back(t);
      masked.labels.push_back(label[t]);
    }
  }
  return masked;
}

ChooseNegatives recorded_negatives(const ModelGolden& golden, const std::string& prefix) {
  const auto image = golden.at(prefix + "neg_image_index"), text = golden.at(prefix + "neg_text_index");
  return [image, text](const torch::Tensor&, const torch::Tensor&, const torch::Tensor&) {
    const auto all = torch::ones({image.size(0)}, torch::kBool);
    return NegativePairs{{image, all}, {text, all}};
  };
}

Check check_gradients(const GoldenFile& golden, const torch::nn::Module& model, const std::string& prefix) {
  Summary summary(golden.name + " gradients");
  std::set<const void*> compared;
  const auto ours = by_name(model.named_parameters());
  for (const auto& [key, reference] : golden.file.tensors) {
    if (!key.starts_with(prefix)) continue;
    const auto name = key.substr(prefix.size());
    const auto* parameter = find_ours(ours, name);
    if (!parameter || !parameter->grad().defined()) {
      summary.fail(name + " has no gradient");
      continue;
    }
    compared.insert(parameter->unsafeGetTensorImpl());
    // Adding a constant to all keys changes no attention, so this gradient is 0 but for rounding.
    const auto gradient = parameter->grad();
    if (is_key_bias(name)) {
      summary.add(compare(name, gradient, reference, {0, 1e-7}));
    } else if (is_qkv_bias(name)) {
      const auto parts = gradient.chunk(3), expected = reference.chunk(3);
      for (const size_t i : {0U, 1U, 2U}) summary.add(compare(name, parts[i], expected[i], {i == 1 ? 0 : 1e-5, 1e-7}));
    } else {
      summary.add(compare(name, gradient, reference, {1e-5, 1e-7}));
    }
  }
  for (const auto& [name, parameter] : ours) {
    const bool none = !parameter.grad().defined() || parameter.grad().eq(0).all().item<bool>();
    if (!none && !compared.contains(parameter.unsafeGetTensorImpl()))
      summary.fail(name + " has a gradient that the reference lacks");
  }
  return summary.result();
}

Check check_state(const ModelGolden& golden) {
  Summary summary(golden.name + str(" state after ", golden.steps, " steps"));
  const auto ours = model_weights(*golden.model);
  const std::string prefix = "after.";
  for (const auto& [key, reference] : golden.file.tensors) {
    if (!key.starts_with(prefix) || key.ends_with("position_ids")) continue;
    const auto name = key.substr(prefix.size());
    const auto* found = find_ours(ours, name);
    if (!found) {
      summary.fail(name + " is not in our state");
      continue;
    }
    if (reference.scalar_type() == torch::kInt64) {
      summary.add(compare(name, *found, reference, {0, 0}));
    } else if (is_qkv_bias(name)) {
      const auto parts = found->chunk(3), expected = reference.chunk(3);
      for (const size_t i : {0U, 1U, 2U})
        summary.add(compare_state(name, parts[i], expected[i], golden.lr, golden.steps, i == 1));
    } else {
      summary.add(compare_state(name, *found, reference, golden.lr, golden.steps, is_key_bias(name)));
    }
  }
  if (summary.count() == 0) summary.fail("the file holds no after.*");
  return summary.result();
}

}  // namespace albef::verify
