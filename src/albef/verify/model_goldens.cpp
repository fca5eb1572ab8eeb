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
// may; else it is BERT's, as in every published configuration.
int64_t vision_heads(const fs::path& folder, const TensorFile& file, int64_t bert_heads, const std::string& where) {
  if (const auto vit = metadata(file, "vit", where); vit.is_object()) return vit.at("num_heads").get<int64_t>();
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    const auto other = read_safetensors_metadata(entry.path());
    if (const auto vit = other.find("vit"); vit != other.end())
      return parse_json(vit->second, entry.path().string()).at("num_heads").get<int64_t>();
  }
  return bert_heads;
}

Json bert_sizes(const fs::path& folder, const TensorFile& file, const Json& config, const std::string& where) {
  if (const auto bert = metadata(file, "bert", where); bert.is_object()) return bert;
  return read_json(folder / config.at("bert_config").get<std::string>());
}

BertOptions bert_options(const Json& json, const std::string& where) {
  BertOptions o;
  ConfigReader reader(YAML::Load(json.dump()), where);
  fields(reader, o);
  o.encoder_width = json.value("encoder_width", o.encoder_width);
  return o;
}

VitOptions vit_options(const TensorMap& weights, int64_t image_res, int64_t heads) {
  VitOptions o;
  const auto& patches = weights.at("visual_encoder.patch_embed.proj.weight");
  o.image_res = image_res;
  o.width = patches.size(0);
  o.patch_size = patches.size(2);
  o.heads = heads;
  o.depth = 0;
  while (weights.contains(str("visual_encoder.blocks.", o.depth, ".norm1.weight"))) ++o.depth;
  o.mlp_ratio = weights.at("visual_encoder.blocks.0.mlp.fc1.weight").size(0) / o.width;
  return o;
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

std::string our_name(std::string name) {
  for (const std::string encoder : {"text_encoder.", "text_encoder_m."}) {
    if (name.starts_with(encoder + "embeddings.") || name.starts_with(encoder + "encoder."))
      name.insert(encoder.size(), "bert.");
    if (name == encoder + "cls.predictions.decoder.weight") return encoder + "bert.embeddings.word_embeddings.weight";
    if (name == encoder + "cls.predictions.decoder.bias") return encoder + "cls.predictions.bias";
  }
  return name;
}

const torch::Tensor& ModelGolden::at(const std::string& key) const {
  const auto found = file.tensors.find(key);
  if (found == file.tensors.end()) fail(name, ": has no tensor ", key);
  return found->second;
}

ModelGolden read_model_golden(const fs::path& path) {
  ModelGolden golden;
  golden.name = path.filename();
  golden.file = read_safetensors(path);
  const auto where = path.string();
  try {
    const Json config = metadata(golden.file, "config", where), adamw = metadata(golden.file, "adamw", where);
    auto weights_path = path;
    const auto weights = read_weights(weights_path.replace_extension(".pth"));
    AlbefOptions o;
    o.text = bert_options(bert_sizes(path.parent_path(), golden.file, config, where), where);
    o.vision = vit_options(weights.tensors, config.at("image_res").get<int64_t>(),
                           vision_heads(path.parent_path(), golden.file, o.text.num_attention_heads, where));
    o.embed_dim = config.value("embed_dim", o.embed_dim);
    o.queue_size = config.value("queue_size", o.queue_size);
    o.temp = config.value("temp", o.temp);
    golden.momentum = config.value("momentum", 0.995);
    o.id_queue = weights.tensors.contains("idx_queue");
    golden.lr = adamw.at("lr").get<double>();
    golden.weight_decay = adamw.at("weight_decay").get<double>();
    golden.steps = adamw.at("steps").get<int64_t>();
    golden.model = Albef(o);
    golden.model->initialise(0);
    load_authors(*golden.model, weights);
  } catch (const Json::exception& error) {
    fail(where, ": its settings cannot be read: ", error.what());
  } catch (const std::out_of_range&) {
    fail(where, ": the weights beside it are not ALBEF's");
  }
  return golden;
}

PairBatch recorded_batch(const ModelGolden& golden, const std::string& prefix) {
  PairBatch batch;
  batch.pixels = golden.at(prefix + "image");
  batch.texts = {.size = batch.pixels.size(0),
                 .length = golden.at(prefix + "input_ids").size(1),
                 .ids = numbers(golden.at(prefix + "input_ids")),
                 .lengths = numbers(golden.at(prefix + "attention_mask").sum(1))};
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

Check check_gradients(const ModelGolden& golden, const std::string& prefix) {
  Summary summary(golden.name + " gradients");
  std::set<std::string> compared;
  const auto parameters = golden.model->named_parameters();
  for (const auto& [key, reference] : golden.file.tensors) {
    if (!key.starts_with(prefix)) continue;
    const auto name = our_name(key.substr(prefix.size()));
    const auto* parameter = parameters.find(name);
    if (!parameter || !parameter->grad().defined()) {
      summary.fail(name + " has no gradient");
      continue;
    }
    compared.insert(name);
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
  for (const auto& item : parameters) {
    const bool none = !item.value().grad().defined() || item.value().grad().eq(0).all().item<bool>();
    if (!none && !compared.contains(item.key())) summary.fail(item.key() + " has a gradient that the reference lacks");
  }
  return summary.result();
}

Check check_state(const ModelGolden& golden) {
  Summary summary(golden.name + str(" state after ", golden.steps, " steps"));
  const auto ours = model_weights(const_cast<Albef&>(golden.model));
  const std::string prefix = "after.";
  for (const auto& [key, reference] : golden.file.tensors) {
    if (!key.starts_with(prefix) || key.ends_with("position_ids")) continue;
    const auto name = our_name(key.substr(prefix.size()));
    const auto found = ours.find(name);
    if (found == ours.end()) {
      summary.fail(name + " is not in our state");
      continue;
    }
    if (reference.scalar_type() == torch::kInt64) {
      summary.add(compare(name, found->second, reference, {0, 0}));
    } else if (is_qkv_bias(name)) {
      const auto parts = found->second.chunk(3), expected = reference.chunk(3);
      for (const size_t i : {0U, 1U, 2U})
        summary.add(compare_state(name, parts[i], expected[i], golden.lr, golden.steps, i == 1));
    } else {
      summary.add(compare_state(name, found->second, reference, golden.lr, golden.steps, is_key_bias(name)));
    }
  }
  if (summary.count() == 0) summary.fail("the file holds no after.*");
  return summary.result();
}

}  // namespace albef::verify
