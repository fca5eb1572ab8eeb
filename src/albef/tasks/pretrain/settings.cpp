#include "albef/tasks/pretrain/settings.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/tasks/retrieval/metrics.h"

namespace albef {
namespace {

void check_tokens(const std::string& where, const char* key, int64_t tokens, int64_t positions) {
  if (tokens <= positions) return;
  fail(where, ": ", key, " ", tokens, " is more than bert.max_position_embeddings ", positions,
       " allows; lower the one or raise the other");
}

}  // namespace

PretrainSettings parse_pretrain_settings(const YAML::Node& map, const std::string& where) {
  PretrainSettings settings;
  read_config(map, where, settings);
  resolve_bert_config(settings.model, map, where, settings.init.text_encoder);
  for (const auto& [key, alpha] : {std::pair("alpha_itc", settings.alpha_itc), {"alpha_mlm", settings.alpha_mlm}}) {
    if (alpha < 0 && alpha != -1) fail(where, ": ", key, " is ", alpha, ", expected 0 to 1, or -1 for alpha");
  }
  if (settings.alpha_itc < 0) settings.alpha_itc = settings.alpha;
  if (settings.alpha_mlm < 0) settings.alpha_mlm = settings.alpha;
  const auto positions = settings.model.bert.max_position_embeddings;
  if (settings.max_tokens_test == 0)
    settings.max_tokens_test = settings.max_tokens == 25 ? std::min<int64_t>(30, positions) : settings.max_tokens;
  check_tokens(where, "max_tokens", settings.max_tokens, positions);
  check_tokens(where, "max_tokens_test", settings.max_tokens_test, positions);
  check_recall_at(settings.recall_at, where + ": recall_at");
  if (settings.vocab.train > 0 && !settings.vocab.file.empty()) {
    fail(where, ": vocab.file and vocab.train are both set; a vocabulary is read or trained: remove one");
  }
  return settings;
}

PretrainSettings read_pretrain_settings(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  return parse_pretrain_settings(read_yaml(path, overrides), path.string());
}

}  // namespace albef
