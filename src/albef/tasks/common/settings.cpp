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

// The same number, however it is written.
bool same_size(const YAML::Node& a, const YAML::Node& b) {
  double x = 0, y = 0;
  if (!YAML::convert<double>::decode(a, x) || !YAML::convert<double>::decode(b, y)) return a.Scalar() == b.Scalar();
  return x == y;
}

// A checkpoint's value of a size, unless it is said already.
void take_size(YAML::Node map, const YAML::Node& of_checkpoint, const std::string& key, const std::string& name,
               const std::string& where, const std::string& checkpoint) {
  const YAML::Node theirs = of_checkpoint[key];
  if (!theirs.IsDefined()) return;
  if (!map[key].IsDefined()) {
    map[key] = theirs;
  } else if (map[key].IsScalar() && !same_size(map[key], theirs)) {
    fail(where, ": ", name, " is ", printable(map[key].Scalar()), ", but ", printable(checkpoint),
         " is of a model with ", theirs.Scalar(), "; leave it out, the checkpoint knows it");
  }
}

// 0 leaves them to the width.
int64_t vision_heads(const YAML::Node& map) {
  const auto heads = map["vision_heads"].as<int64_t>(0);
  return heads > 0 ? heads : map["vision_width"].as<int64_t>(ModelSettings().vision_width) / 64;
}

// The checkpoint that knows the model's sizes: the one to start from; where that is gone and a run goes on, the run's.
std::string checkpoint_with_sizes(const YAML::Node& map) {
  const auto text = [&map](const char* key) {
    const YAML::Node node = map[key];
    return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
  };
  const auto knows = [](const std::string& path) {
    std::error_code ignored;
    return !path.empty() && fs::exists(fs::path(path) / "state.json", ignored);
  };
  std::error_code ignored;
  const auto start = text("checkpoint"), resume = text("resume");
  if (start.empty()) return "";
  if (fs::exists(start, ignored)) return knows(checkpoint_path(start)) ? checkpoint_path(start) : "";
  const auto own = checkpoint_path(resume == "auto" ? text("output_dir") : resume);
  return !resume.empty() && knows(own) ? own : "";
}

// Dropout and the spread of fresh weights are no sizes: a file of BERT's settings says them, else the checkpoint.
void take_bert(YAML::Node map, const YAML::Node& config, const std::string& where, const std::string& checkpoint) {
  static const std::set<std::string> kFree = {"hidden_dropout_prob", "attention_probs_dropout_prob",
                                              "initializer_range"};
  const auto file = map["bert_config"].as<std::string>(ModelSettings().bert_config);
  std::error_code ignored;
  const bool has_file = !file.empty() && fs::exists(file, ignored);
  if (!map["bert"].IsDefined()) map["bert"] = YAML::Node(YAML::NodeType::Map);
  YAML::Node bert = map["bert"];
  if (!config["bert"].IsDefined() || !bert.IsMap()) return;
  for (const auto& entry : config["bert"]) {
    const auto key = entry.first.Scalar();
    if (!kFree.contains(key)) {
      take_size(bert, config["bert"], key, "bert." + key, where, checkpoint);
    } else if (!has_file && !bert[key].IsDefined()) {
      bert[key] = entry.second;
    }
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
  const auto path = checkpoint_with_sizes(map);
  if (path.empty()) return;
  const YAML::Node config = parse_yaml(read_checkpoint_config(path), path);
  for (const std::string key : {"patch_size", "vision_width", "vision_depth", "embed_dim", "queue_size"})
    take_size(map, config, key, key, where, path);
  if (!map["vision_heads"].IsDefined()) map["vision_heads"] = config["vision_heads"];
  if (vision_heads(map) != vision_heads(config)) {
    fail(where, ": vision_heads is ", vision_heads(map), ", but ", printable(path), " is of a model with ",
         vision_heads(config), "; leave it out, the checkpoint knows it");
  }
  take_bert(map, config, where, path);
  if (map["vocab"].IsDefined()) return;
  if (fs::exists(map["checkpoint"].Scalar())) {
    if (fs::exists(fs::path(path) / "vocab.txt")) map["vocab"]["file"] = path;
  } else {
    map["vocab"] = config["vocab"];
  }
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
