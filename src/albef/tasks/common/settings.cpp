#include "albef/tasks/common/settings.h"

#include <algorithm>

#include "albef/base/error.h"

namespace albef {
namespace {

void check_tokens(const std::string& where, const char* key, int64_t tokens, int64_t positions) {
  if (tokens <= positions) return;
  fail(where, ": ", key, " ", tokens, " is more than bert.max_position_embeddings ", positions,
       " allows; lower the one or raise the other");
}

}  // namespace

void resolve(CommonSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve_bert_config(settings.model, map, where, settings.init.text_encoder);
  auto& data = settings.data;
  const auto positions = settings.model.bert.max_position_embeddings;
  if (data.max_tokens_test == 0)
    data.max_tokens_test = data.max_tokens == 25 ? std::min<int64_t>(30, positions) : data.max_tokens;
  check_tokens(where, "max_tokens", data.max_tokens, positions);
  check_tokens(where, "max_tokens_test", data.max_tokens_test, positions);
  if (settings.vocab.train > 0 && !settings.vocab.file.empty()) {
    fail(where, ": vocab.file and vocab.train are both set; a vocabulary is read or trained: remove one");
  }
}

CommonSettings parse_common_settings(const YAML::Node& map, const std::string& where) {
  CommonSettings settings;
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
