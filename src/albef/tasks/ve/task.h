// Visual entailment (paper §5): does a picture entail a sentence, contradict it, or neither?
#pragma once
#include "albef/tasks/common/classifier_task.h"
#include "albef/tasks/ve/settings.h"

namespace albef {

inline constexpr ClassifierKind kVe = {.task = "ve", .classes = 3, .pictures = 1};

/// Records {"image", "sentence", "label"}; the class of a label is its place: contradiction 0, neutral 1, entailment 2.
LabelledFormat ve_format();

/// `albef train ve`: reads the data, makes the model, trains. Writes into the output folder.
void train_ve(VeSettings settings, Communicator& ranks);

}  // namespace albef
