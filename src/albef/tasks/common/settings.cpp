#include "albef/tasks/common/settings.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "albef/base/error.h"
#include "albef/io/checkpoint.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

void check_tokens(const std::string& where, const char* key, int64_t tokens, int64_t positions) {
  if (tokens <= positions) return;
  fail(where, ": ", key, " ", tokens, " is more than bert.max_position_embeddings ", positions,
       " allows; lower the one or raise the other");
}

// The same number, however it is written. 0 leaves vision_heads to the width.
bool same_size(const std::string& key, const YAML::Node& a, const YAML::Node& b) {
  double x = 0, y = 0;
  if (!YAML::convert<double>::decode(a, x) || !YAML::convert<double>::decode(b, y)) return a.Scalar() == b.Scalar();
  return x == y || (key == "vision_heads" && (x == 0 || y == 0));
}

// A checkpoint's value of a size, unless it is said already.
void take_size(YAML::Node map, const YAML::Node& of_checkpoint, const std::string& key, const std::string& name,
               const std::string& where, const std::string& checkpoint) {
  const YAML::Node theirs = of_checkpoint[key];
  if (!theirs.IsDefined()) return;
  if (!map[key].IsDefined()) {
    map[key] = theirs;
  } else if (map[key].IsScalar() && !same_size(key, map[key], theirs)) {
    fail(where, ": ", name, " is ", printable(map[key].Scalar()), ", but ", printable(checkpoint),
         " is of a model with ", theirs.Scalar(), "; leave it out, the checkpoint knows it");
  }
}

}  // namespace

void set_fine_tuning(CommonSettings& settings) {
  settings.model.image_res = 384;
  settings.augment.area_min = 0.5;
  settings.data.max_tokens = 0;
  settings.schedular.min_lr = 1e-6;
  settings.schedular.warmup_epochs = 1;
  settings.schedular.epochs = 5;
  settings.run.eval_every_epochs = 1;
}

int64_t longest_text(const CommonSettings& settings) {
  return settings.data.max_tokens > 0 ? settings.data.max_tokens : settings.model.bert.max_position_embeddings;
}

void take_sizes_of_checkpoint(YAML::Node map, const std::string& where) {
  static const std::vector<std::string> kSizes = {"patch_size",   "vision_width", "vision_depth",
                                                  "vision_heads", "embed_dim",    "queue_size"};
  static const std::set<std::string> kFreeOfBert = {"hidden_dropout_prob", "attention_probs_dropout_prob",
                                                    "initializer_range"};
  if (!map["checkpoint"].IsDefined() || !map["checkpoint"].IsScalar()) return;
  const auto path = checkpoint_path(map["checkpoint"].Scalar());
  if (std::error_code ignored; !fs::exists(fs::path(path) / "state.json", ignored)) return;
  const YAML::Node config = parse_yaml(read_checkpoint_config(path), path);
  for (const auto& key : kSizes) take_size(map, config, key, key, where, path);
  if (!map["bert"].IsDefined()) map["bert"] = YAML::Node(YAML::NodeType::Map);
  YAML::Node bert = map["bert"];
  if (config["bert"].IsDefined() && bert.IsMap()) {
    for (const auto& entry : config["bert"]) {
      const auto key = entry.first.Scalar();
      if (!kFreeOfBert.contains(key)) take_size(bert, config["bert"], key, "bert." + key, where, path);
      if (!bert[key].IsDefined()) bert[key] = entry.second;
    }
  }
  if (!map["vocab"].IsDefined() && fs::exists(fs::path(path) / "vocab.txt")) map["vocab"]["file"] = path;
}

void resolve(CommonSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve_bert_config(settings.model, map, where, settings.init.text_encoder);
  auto& data = settings.data;
  const auto positions = settings.model.bert.max_position_embeddings;
  const bool as_authors = data.max_tokens == 25 || data.max_tokens == 0;
  if (data.max_tokens_test == 0) data.max_tokens_test = as_authors ? std::min<int64_t>(30, positions) : data.max_tokens;
  if (data.max_tokens == 1) fail(where, ": max_tokens is 1, expected 2 or more: [CLS] and a token; or 0");
  check_tokens(where, "max_tokens", data.max_tokens, positions);
  check_tokens(where, "max_tokens_test", data.max_tokens_test, positions);
  if (settings.vocab.train > 0 && !settings.vocab.file.empty()) {
    fail(where, ": vocab.file and vocab.train are both set; a vocabulary is read or trained: remove one");
  }
}

CommonSettings parse_common_settings(const YAML::Node& map, const std::string& where, CommonSettings settings) {
  ConfigReader reader(map, where);
  fields(reader, settings);
  resolve(settings, map, where);
  return settings;
}

std::string keys_beside_common(const YAML::Node& map) {
  const YAML::Node known = YAML::Load(config_text(CommonSettings()));
  std::string keys;
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (!known[key].IsDefined()) keys += (keys.empty() ? "" : ", ") + printable(key);
  }
  return keys;
}

}  // namespace albef
