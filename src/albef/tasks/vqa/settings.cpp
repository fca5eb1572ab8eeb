#include "albef/tasks/vqa/settings.h"

#include "albef/base/error.h"

namespace albef {

void set_roots(VqaSettings& settings) {
  if (settings.vqa_root.empty()) settings.vqa_root = settings.common.data.image_root;
  if (settings.vg_root.empty()) settings.vg_root = settings.vqa_root;
}

void resolve(VqaSettings& settings, const YAML::Node& map, const std::string& where) {
  auto& common = settings.common;
  resolve(common, map, where);
  set_roots(settings);
  if (settings.decoder_layers == 0)
    settings.decoder_layers = common.model.bert.num_hidden_layers - common.model.bert.fusion_layer;
  if (!common.data.val_file.empty() && settings.answer_list.empty())
    fail(where, ": val_file is given, but no answer_list; evaluation chooses from a JSON list of answers");
}

}  // namespace albef
