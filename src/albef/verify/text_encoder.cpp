// The text encoder with a published BERT's weights, against the states that transformers computes with them.
#include "albef/base/error.h"
#include "albef/io/weights.h"
#include "albef/model/group.h"
#include "albef/model/texts.h"
#include "albef/tasks/common/model_settings.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

const torch::Tensor& tensor(const TensorFile& golden, const std::string& key, const std::string& where) {
  const auto found = golden.tensors.find(key);
  if (found == golden.tensors.end()) fail(where, ": has no tensor ", key);
  return found->second;
}

std::string metadata(const TensorFile& golden, const std::string& key, const std::string& where) {
  const auto found = golden.metadata.find(key);
  if (found == golden.metadata.end()) fail(where, ": its metadata lacks ", key);
  return found->second;
}

TextBatch texts_of(const TensorFile& golden, int64_t vocab_size, const std::string& where) {
  const auto &ids = tensor(golden, "input_ids", where), &mask = tensor(golden, "attention_mask", where);
  for (const auto* each : {&ids, &mask}) {
    if (each->scalar_type() != torch::kInt64 || each->dim() != 2 || each->sizes() != ids.sizes() || each->numel() == 0)
      fail(where, ": input_ids and attention_mask are to be [N, L] int64");
  }
  if (ids.lt(0).logical_or(ids.ge(vocab_size)).any().item<bool>())
    fail(where, ": input_ids are to be within the ", vocab_size, " words of its BERT");
  const auto lengths = mask.sum(1);
  if (!torch::equal(mask, torch::arange(ids.size(1)).unsqueeze(0).lt(lengths.unsqueeze(1)).to(torch::kInt64)))
    fail(where, ": attention_mask is to be 1 for a text's tokens, then 0");
  return {.size = ids.size(0), .length = ids.size(1), .ids = numbers(ids), .lengths = numbers(lengths)};
}

BertOptions bert_options(const fs::path& folder, const std::string& fusion_layer, const std::string& where) {
  ModelSettings settings;
  settings.bert_config = (folder / "config.json").string();
  YAML::Node map;
  map["bert"]["fusion_layer"] = fusion_layer;
  resolve_bert_config(settings, map, where, "");
  return settings.bert;
}

/// Whether all that a plain BERT has came from the folder: of the layers from the cut on there are no states to
/// compare.
Check check_loaded(const std::string& name, const LoadReport& report) {
  Summary summary(name);
  for (const auto& entry : report.loaded) {
    Check loaded;
    loaded.name = entry.name;
    loaded.bound = "all but cross-attention and the MLM head";
    summary.add(loaded);
  }
  for (const auto& entry : report.initialised) {
    if (entry.name.find(".crossattention.") == std::string::npos && entry.name.find(".cls.") == std::string::npos)
      summary.fail(entry.name + " is not among the folder's weights");
  }
  return summary.result();
}

}  // namespace

Checks verify_text_encoder(const fs::path& file) {
  const torch::NoGradGuard no_grad;
  const auto name = file.filename().string(), where = file.string();
  const auto golden = read_safetensors(file);
  const auto folder = file.parent_path() / metadata(golden, "bert_folder", where);
  if (!fs::is_directory(folder)) fail(where, ": bert_folder ", folder.string(), " is no folder");
  const auto options = bert_options(folder, metadata(golden, "fusion_layer", where), where);
  const auto texts = texts_of(golden, options.vocab_size, where);
  const auto& reference = tensor(golden, "text_embeds", where);
  if (const std::vector<int64_t> shape = {texts.size, texts.length, options.hidden_size}; reference.sizes() != shape)
    fail(where, ": text_embeds is ", shape_text(reference.sizes()), ", expected ", shape_text(shape));

  const auto model = group();
  const auto encoder = model->register_module("text_encoder", TextEncoder(options));
  Checks checks = {check_loaded(name + " weights", load_bert(*model, "text_encoder.", read_weights(folder)))};
  model->eval();
  const auto keep = tensor(golden, "attention_mask", where).to(torch::kBool);
  for (const bool packed : {false, true}) {
    const auto [ids, layout] = make_texts(texts, packed, torch::kCPU);
    const auto states = layout.to_grid(encoder->bert->encode(ids, layout));
    const auto seen = keep.narrow(1, 0, layout.longest());  // what stands in padding has no meaning
    checks.push_back(compare(name + (packed ? " states, packed" : " states, padded"),
                             states.narrow(1, 0, layout.longest()).index({seen}),
                             reference.narrow(1, 0, layout.longest()).index({seen}), {}));
  }
  return checks;
}

}  // namespace albef::verify
