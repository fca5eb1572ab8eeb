#include "albef/tasks/common/classifier_model.h"

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/io/weights.h"

namespace albef {

BertOptions bert_for_pictures(const BertOptions& bert, int64_t pictures) {
  BertOptions options = bert;
  options.num_hidden_layers = bert.fusion_layer + pictures * (bert.num_hidden_layers - bert.fusion_layer);
  options.images_per_text = pictures;
  return options;
}

ClassifierOptions classifier_options(const ModelSettings& settings, const ClassifierKind& kind, bool momentum_model) {
  return {.vision = vit_options(settings),
          .text = bert_for_pictures(settings.bert, kind.pictures),
          .classes = kind.classes,
          .momentum_model = momentum_model};
}

LoadedClassifier load_classifier(const LoadModelOptions& options, const ClassifierKind& kind,
                                 const CommonSettings& defaults) {
  auto opened = open_checkpoint(options, defaults);
  if (!opened.task.empty() && opened.task != kind.task) {
    fail(opened.path, ": is a checkpoint of `", opened.task,
         "`, which has no head for this task; expected one of `albef train ", kind.task, "`");
  }
  Classifier model(classifier_options(opened.settings.model, kind, options.momentum));
  LoadOptions allow{.allow = opened.settings.init.allow};
  if (!options.momentum) allow.allow.insert(allow.allow.end(), kMomentumParts.begin(), kMomentumParts.end());
  const auto report = load_authors(*model, read_weights(opened.path), allow);
  log_info(report.table());
  check_complete(report, [&](const std::string& name) -> std::string {
    const bool of_momentum = name.substr(0, name.find('.')).ends_with("_m");
    if (of_momentum != options.momentum) return "";
    if (of_momentum) return "the momentum weights were asked for: take --weights student, or a file that has them";
    return str("expected a checkpoint of `albef train ", kind.task, "`, and --config that of its model");
  });
  model->place(opened.device);
  model->eval();
  auto& parts = options.momentum ? model->momentum : model->online;
  return {model, std::move(opened.tokenizer), std::move(opened.settings), opened.device, opened.compute, parts};
}

}  // namespace albef
