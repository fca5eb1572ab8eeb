// Classifiers as settings say them: for training, and from a checkpoint for use.
#pragma once
#include "albef/model/classifier.h"
#include "albef/tasks/common/load_model.h"
#include "albef/tasks/common/settings.h"

namespace albef {

/// BERT for sentences about so many pictures: the settings' with its fusion layers `pictures` times.
BertOptions bert_for_pictures(const BertOptions& bert, int64_t pictures);

/// What a classifier is beside its sizes.
struct ClassifierKind {
  const char* task;  ///< whose checkpoints hold it: "ve"
  int64_t classes = 3, pictures = 1;
};

ClassifierOptions classifier_options(const ModelSettings& settings, const ClassifierKind& kind, bool momentum_model);

struct LoadedClassifier {
  Classifier model{nullptr};  ///< in eval mode, on the device
  Tokenizer tokenizer;
  CommonSettings settings;  ///< what the model was made and trained with
  torch::Device device;
  ComputeOptions compute;
  ClassifierParts& parts;  ///< the ones asked for
};

/// Like load_model(), of a checkpoint that this task has trained, by us or by the authors. `defaults`: settings that
/// stand where --config (of a .pth) says nothing.
LoadedClassifier load_classifier(const LoadModelOptions& options, const ClassifierKind& kind,
                                 const CommonSettings& defaults);

}  // namespace albef
