#include "albef/tasks/pretrain/settings.h"

#include "albef/base/error.h"

namespace albef {

PretrainSettings parse_pretrain_settings(const YAML::Node& map, const std::string& where) {
  PretrainSettings settings;
  read_config(map, where, settings);
  resolve_bert_config(settings.model, map, where, settings.init.text_encoder);
  if (settings.alpha_itc < 0) settings.alpha_itc = settings.alpha;
  if (settings.alpha_mlm < 0) settings.alpha_mlm = settings.alpha;
  if (settings.max_tokens > settings.model.bert.max_position_embeddings) {
    fail(where, ": max_tokens ", settings.max_tokens, " is more than bert.max_position_embeddings ",
         settings.model.bert.max_position_embeddings, " allows; lower the one or raise the other");
  }
  return settings;
}

PretrainSettings read_pretrain_settings(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  return parse_pretrain_settings(read_yaml(path, overrides), path.string());
}

}  // namespace albef
